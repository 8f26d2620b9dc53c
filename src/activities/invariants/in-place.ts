import type { DockerEngine } from '../../hosts/host.ts';
import { encodingsOf } from '../../zerok/leak-encodings.ts';
import type { Needle } from '../../zerok/leak.ts';

const TIMEOUT_MS = 60_000;
/** What is shorter turns up by chance in so much. */
const SHORTEST_BYTES = 12;

/** A grep that does not know its words says so before it can look as if it had found nothing. Source: grep(1). */
const LOOK = `
echo probe | grep -q -a -F -e probe || exit 3
grep -r -h -o -a -F -f - "$1" 2>/dev/null
echo "over $?"`;

/**
 * Looks through a folder that is too large to be carried away, by the container's own grep: for all forms that are one line of text.
 * @returns which of the needles are there; undefined: it could not be done
 */
export async function foundInPlace(
  docker: DockerEngine,
  container: string,
  folder: string,
  needles: readonly Needle[],
): Promise<Needle[] | undefined> {
  const forms = new Map(
    needles.flatMap((needle) =>
      encodingsOf(needle.text).flatMap(({ bytes }): [string, Needle][] =>
        isLine(bytes) ? [[bytes.toString(), needle]] : [],
      ),
    ),
  );
  const options = { stdin: `${[...forms.keys()].join('\n')}\n`, timeoutMs: TIMEOUT_MS, secret: true };
  const { stdout, exitCode } = await docker.exec(container, ['sh', '-c', LOOK, 'sh', folder], options);
  const lines = stdout.trimEnd().split('\n');
  if (exitCode !== 0 || !/^over [01]$/.test(lines.pop() ?? '')) return undefined;
  return [...new Set(lines.flatMap((line) => forms.get(line) ?? []))];
}

const isLine = (bytes: Buffer): boolean =>
  bytes.length >= SHORTEST_BYTES && !bytes.includes(0x0a) && !bytes.includes(0) && isText(bytes);

const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes);
