import { noteSigner } from '../../../../kernel/merkle/note.ts';
import { ageHierarchy } from '../../engine/hierarchies/age.ts';
import { hierarchyOf } from '../../engine/hierarchy.ts';
import { recodeFullDomain } from '../../engine/lattice/full.ts';
import type { Model } from '../../engine/model.ts';
import { tableOf } from '../../engine/table.ts';
import { contentsOf } from '../contents.ts';
import { type Contents, type ReleaseNotes, sealed } from '../manifest.ts';
import type { Anonymised } from '../published.ts';
import { releasedSets } from '../sets.ts';
import type { SuppressionNotes } from '../suppressed.ts';

const groups = ['heart & vessels', 'kidney', 'lung', 'skin'];
const sex = hierarchyOf('sex', [
  ['female', '*'],
  ['male', '*'],
]);
const disease = hierarchyOf(
  'diseases',
  groups.map((group) => [group, '*']),
);

/** Some people: `rows` of them with much in common, and seven whom nothing but suppression hides. */
export function people(rows = 400): Anonymised & { people: string[] } {
  const common = Array.from({ length: rows }, (_, row) => [
    String(30 + (row % 40)),
    row % 2 ? 'male' : 'female',
    groups[row % 4]!,
  ]);
  const rare = Array.from({ length: 7 }, (_, row) => [String(80 + row), 'female', groups[row % 4]!]);
  const table = tableOf(['age', 'sex', 'reason'], [...common, ...rare], { age: ageHierarchy('age'), sex });
  const model: Model = {
    quasiIdentifiers: ['age', 'sex'],
    k: 11,
    sensitive: { column: 'reason', diversity: { kind: 'distinct', l: 2 } },
  };
  const recoding = recodeFullDomain(table, model, 0.05);
  const several = Array.from({ length: table.rows }, (_, row) => [row % 4, (row * 3) % 4]);
  return {
    table,
    model,
    recoding,
    sets: [releasedSets(recoding, 'diseases', disease, several, 11)],
    people: Array.from({ length: table.rows }, (_, row) => `pseudonym-${row}`),
  };
}

export const notesOf = (pseudonyms: readonly string[]): SuppressionNotes => ({
  people: pseudonyms,
  countKey: new Uint8Array(32).fill(3),
  by: [
    { column: 'sex', level: 0 },
    { column: 'age', level: 3 },
  ],
});

export const releaseNotes: ReleaseNotes = {
  release: 'release-1',
  study: { id: 'study-1', title: 'Blood <pressure> & home' },
  releasedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  definition: 'a'.repeat(64),
  consentSnapshot: 'b'.repeat(64),
  ledger: { transaction: 'c'.repeat(64), block: 17 },
};

export const signer = await noteSigner('research.example', new Uint8Array(32).fill(9));

export function contents(rows?: number): Contents {
  const { people: pseudonyms, ...anonymised } = people(rows);
  const wording = { title: releaseNotes.study.title, descriptions: { age: 'Completed years.' } };
  return contentsOf(anonymised, notesOf(pseudonyms), wording);
}

export const aPackage = (rows?: number) => sealed(contents(rows), releaseNotes, signer);
