import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Source {
  path: string;
  text: string;
}

/** Every file that git knows or would take, generated code left out. */
export function sources(pattern: RegExp): Source[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((path) => pattern.test(path) && !path.startsWith('proto/gen/') && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** Whether a file is a test, or serves tests only. */
export const forTests = (path: string) =>
  /\.test\.ts$|\/conformance\.ts$|\/(testing\/|\w*[tT]esting\.ts$)|^test\//.test(path);
