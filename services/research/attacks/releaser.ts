import { recodeLocally } from '../engine/local/local.ts';
import { type Model, taskOf } from '../engine/model.ts';
import type { Table } from '../engine/table.ts';
import type { Candidate } from '../registry/candidate.ts';
import { emptyRegistry, type Registry, recorded, withSubjects } from '../registry/registry.ts';
import { type CheckRules, checkRelease } from '../registry/verdict.ts';

/** Somebody who releases cohorts of one table. */
export interface Releaser {
  /** What is published of the rows, if anything, and the releaser who remembers it. */
  release(rows: Int32Array): { published?: Candidate; next: Releaser };
}

/** The naive anonymiser: every release is good by itself, and forgotten. */
export function forgetful(table: Table, model: Model): Releaser {
  const values = valuesOf(table, model);
  const releaser: Releaser = {
    release: (rows) => ({ published: candidateOf(table, model, values.sensitive, rows), next: releaser }),
  };
  return releaser;
}

/** The same anonymiser with a registry of its releases. */
export function remembering(table: Table, model: Model, rules: CheckRules): Releaser {
  const values = valuesOf(table, model);
  const everybody = Uint32Array.from({ length: table.rows * 4 }, (_, at) => (at % 4 ? 0 : at / 4));
  const { registry } = withSubjects(emptyRegistry('everybody', values.values), everybody);
  return after(registry);

  function after(registry: Registry): Releaser {
    return {
      release(rows) {
        const verdict = checkRelease(registry, candidateOf(table, model, values.sensitive, rows), rules);
        if (verdict.verdict === 'refused') return { next: after(registry) };
        const published = verdict.candidate;
        const id = `${registry.releases.length}`;
        const hashes = { definition: '', consentSnapshot: '', parameters: '', output: '' };
        return { published, next: after(recorded(registry, published, { id, ...hashes, releasedAt: 0 })) };
      },
    };
  }
}

/** The sensitive groups as the model numbers them, over the whole table: the same in every release. */
function valuesOf(table: Table, model: Model): { sensitive: Int32Array; values: number } {
  const { sensitive, values } = taskOf(table, model);
  return { sensitive, values };
}

/** People are the table's rows. */
function candidateOf(table: Table, model: Model, sensitive: Int32Array, rows: Int32Array): Candidate {
  const columns = table.columns.map((column) => ({ ...column, codes: rows.map((row) => column.codes[row]!) }));
  const recoding = recodeLocally({ rows: rows.length, columns }, model);
  return { subjects: rows, recoding, sensitive: rows.map((row) => sensitive[row]!) };
}
