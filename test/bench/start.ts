import { readFile } from 'node:fs/promises';
import { embeddedPlatform } from '../platform.ts';
import { type Bench, percentile } from './figures.ts';

/** From `npm start`'s process to the first answer, and the memory it takes. */
export const bench: Bench = async (report) => {
  const platform = await embeddedPlatform({ demo: true });
  try {
    const seconds: number[] = [];
    for (let n = 0; n < 5; n++) {
      await platform.stop();
      const started = performance.now();
      await platform.restart();
      seconds.push((performance.now() - started) / 1000);
    }
    const answer = await fetch(`${platform.url}/fhir/metadata`);
    await answer.text();
    const status = await readFile(`/proc/${platform.process.pid}/status`, 'utf8');
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
    report({
      figure: 'start to first answer, median of 5',
      value: percentile(seconds, 50),
      unit: 's',
      goal: { atMost: 3 },
    });
    report({ figure: 'resident memory', value: megabytes, unit: 'MB', goal: { atMost: 400 } });
  } finally {
    await platform.dispose();
  }
};
