import { strict as assert } from 'node:assert';
import { groundChecks } from '../../../src/activities/ground/index.ts';

/** Guide §6.1 and §6.2, in its order; the last two are those that it counts and does not name. */
const GUIDE =
  `ssh_exec_beast_whoami ssh_exec_beast_docker_version ssh_exec_guardian_whoami ssh_exec_nonexistent_command ssh_scp_round_trip
distributed_connect_to_relays distributed_relay_health_checks distributed_guardian_binary_exists distributed_guardian_cli_version
distributed_guardian_init distributed_init_pair_q distributed_init_pair_guardian distributed_init_pair_beast_container
distributed_push_pull_q_to_guardian distributed_configure_multi_relay distributed_netem_relay_latency distributed_netem_guardian_loss
distributed_partition_beast_guardian distributed_heal_partition
distributed_extract_endpoint_id_found distributed_extract_endpoint_id_not_found`.split(/\s+/);

describe('the registry of the ground', () => {
  it('holds the 21 checks of the guide, in its order', () => {
    assert.deepEqual(
      groundChecks.map(({ name }) => name),
      GUIDE,
    );
    assert.equal(groundChecks.length, 21);
  });

  it('says of each what it does in one sentence, and what to do when it fails', () => {
    for (const { name, does, fix } of groundChecks) {
      assert.match(does, /^[A-Z`n][^]*\.$/, name);
      assert.ok(fix.length > 10, name);
    }
  });

  it('knows which of them break something, so that those come last and in turn', () => {
    const breaking = groundChecks.filter(({ breaks }) => breaks !== undefined).map(({ name }) => name);
    assert.deepEqual(breaking, GUIDE.slice(15, 19));
  });
});
