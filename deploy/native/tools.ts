import { spawnSync } from 'node:child_process';

/** A program that must be on this machine already. */
export interface Tool {
  name: string;
  /** Prints its version, or whatever shows that it can be used. */
  command: readonly [program: string, ...args: string[]];
  /** Whether what it printed will do. */
  suits(printed: string): boolean;
  install: { debian: string; mac: string };
}

export const java: Tool = {
  name: 'Java 17 or newer',
  command: ['java', '-version'],
  suits: (printed) => Number(/version "(\d+)/.exec(printed)?.[1]) >= 17,
  install: { debian: 'apt-get install openjdk-17-jre-headless', mac: 'brew install openjdk@17' },
};

export const maven: Tool = {
  name: 'Maven 3',
  command: ['mvn', '--version'],
  suits: (printed) => /Apache Maven [3-9]/.test(printed),
  install: { debian: 'apt-get install maven', mac: 'brew install maven' },
};

export const python: Tool = {
  name: 'Python 3.10 or newer with venv',
  command: ['python3', '-c', 'import ensurepip, sys, venv; print("minor", sys.version_info[1])'],
  suits: (printed) => Number(/^minor (\d+)/.exec(printed)?.[1]) >= 10,
  install: { debian: 'apt-get install python3-venv', mac: 'brew install python' },
};

/** One line for each tool that is missing or too old: what, and how to get it. */
export function missing(tools: readonly Tool[]): string[] {
  return tools
    .filter(({ command: [program, ...args], suits }) => {
      const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
      return status !== 0 || !suits(`${stdout}${stderr}`);
    })
    .map(({ name, install }) => `${name} is missing: ${install.debian} (Debian, Ubuntu) or ${install.mac} (macOS)`);
}
