import { existsSync } from 'node:fs';
import { bundleFiles } from '../../cli/bundles.ts';
import { importAll } from '../../cli/commands/import.ts';
import { scene } from '../scene.ts';
import type { Bench } from './figures.ts';

const folder = '../shared/data/synthea-r4';

/** Import of the 40 Synthea bundles through the API, then once more: the repeat changes nothing. */
export const bench: Bench = async (report) => {
  if (!existsSync(folder)) return console.error(`NOT RUN: ${folder}`);
  const { author, dispose } = await scene();
  try {
    const files = await bundleFiles(folder);
    for (const round of ['import', 'repeated import (idempotent)']) {
      const started = performance.now();
      const imported = await importAll(author, files, 2, { advance() {}, stop() {} });
      const seconds = (performance.now() - started) / 1000;
      const resources = imported.reduce((sum, each) => sum + each.resources, 0);
      const failed = imported.filter((each) => each.error).length;
      const goal = round === 'import' ? { goal: { atLeast: 1500 } } : {};
      report({
        figure: round,
        value: resources / seconds,
        unit: 'resources/s',
        ...goal,
        context: { resources, failed, bundles: files.length },
      });
    }
  } finally {
    await dispose();
  }
};
