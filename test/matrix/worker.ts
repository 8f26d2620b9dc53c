import { beating } from '../../src/activities/heartbeat.ts';
import { createActivities } from '../../src/activities/index.ts';
import { loadConfig } from '../../src/config.ts';
import { runWorker, theParts } from '../../src/worker.ts';
import { Gates } from './gates.ts';
import { gatedHosts } from './seams.ts';

/* The worker of the matrix: the same parts as the real one, with gates between them. Its words: the bundle, the folder of gates. */

const [, , codePath = '', folder = ''] = process.argv;
const gates = new Gates(folder);

await runWorker(loadConfig(), console.error, {
  workflows: async () => ({ codePath }),
  hosts: (config) => gatedHosts(theParts.hosts(config), gates),
  activities: (deps) => {
    const activities = createActivities(deps);
    return {
      ...activities,
      inject: async (ask) => {
        const injected = await activities.inject(ask);
        await beating(() => gates.pass('inject done'));
        return injected;
      },
    };
  },
});
process.exit();
