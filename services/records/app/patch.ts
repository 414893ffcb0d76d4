import { Failure } from '../../../kernel/errors.ts';

interface Operation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  path: string;
  from?: string;
  value?: unknown;
}

/**
 * Applies a JSON Patch (RFC 6902) to a document of which nothing else holds a part, changing it.
 * @throws Failure `structure` for what is no patch, `processing` where it does not fit the document (§5)
 */
export function applyPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new Failure('structure', 'A JSON Patch is a list of operations.');
  const root = { document };
  for (const [index, stated] of patch.entries()) {
    const operation = checked(stated, index);
    effects[operation.op](root, operation, index);
  }
  return root.document;
}

function checked(operation: unknown, index: number): Operation {
  const { op, path, from, value } = (operation ?? {}) as Partial<Operation>;
  const wantsFrom = op === 'move' || op === 'copy';
  const wantsValue = op === 'add' || op === 'replace' || op === 'test';
  const wellFormed =
    typeof op === 'string' &&
    Object.hasOwn(effects, op) &&
    isPointer(path) &&
    (!wantsFrom || isPointer(from)) &&
    (!wantsValue || value !== undefined);
  if (wellFormed) return operation as Operation;
  throw new Failure('structure', 'This is no operation of a JSON Patch (RFC 6902 §4).', { expression: [`[${index}]`] });
}

const isPointer = (path: unknown): path is string => typeof path === 'string' && (path === '' || path[0] === '/');

type Effect = (root: object, operation: Operation, index: number) => void;

const effects: Record<Operation['op'], Effect> = {
  add: (root, { path, value }, index) => add(place(root, path, index), structuredClone(value), index),
  remove: (root, { path }, index) => void remove(place(root, path, index), index),
  replace(root, { path, value }, index) {
    remove(place(root, path, index), index);
    add(place(root, path, index), structuredClone(value), index);
  },
  move(root, { path, from }, index) {
    if (path.startsWith(`${from}/`)) throw misfit(index, 'a value cannot be moved into itself');
    const moved = remove(place(root, from!, index), index);
    add(place(root, path, index), moved, index);
  },
  copy(root, { path, from }, index) {
    const value = valueAt(place(root, from!, index), index);
    add(place(root, path, index), structuredClone(value), index);
  },
  test(root, { path, value }, index) {
    if (!equal(valueAt(place(root, path, index), index), value)) throw misfit(index, 'the test fails');
  },
};

interface Place {
  parent: Record<string, unknown> | unknown[];
  key: string;
}

/** RFC 6901; the document hangs under a root, so that it can be replaced as a whole. */
function place(root: object, pointer: string, index: number): Place {
  const keys = `/document${pointer}`
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  let parent = root as Place['parent'];
  for (const key of keys.slice(0, -1)) {
    const next = valueAt({ parent, key }, index);
    if (typeof next !== 'object' || next === null) throw misfit(index, 'its path leads nowhere');
    parent = next as Place['parent'];
  }
  return { parent, key: keys.at(-1)! };
}

const isIndex = (key: string) => /^(0|[1-9]\d*)$/.test(key);

function valueAt({ parent, key }: Place, index: number): unknown {
  const there = Array.isArray(parent) ? isIndex(key) && Number(key) < parent.length : Object.hasOwn(parent, key);
  if (!there) throw misfit(index, 'its path leads nowhere');
  return (parent as Record<string, unknown>)[key];
}

function add({ parent, key }: Place, value: unknown, index: number): void {
  if (!Array.isArray(parent)) {
    Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const at = key === '-' ? parent.length : isIndex(key) ? Number(key) : Number.NaN;
  if (!(at <= parent.length)) throw misfit(index, 'there is no such place in the list');
  parent.splice(at, 0, value);
}

function remove(at: Place, index: number): unknown {
  const value = valueAt(at, index);
  if (Array.isArray(at.parent)) at.parent.splice(Number(at.key), 1);
  else delete at.parent[at.key];
  return value;
}

/** RFC 6902 §4.6: the order of an object's members does not matter. */
function equal(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  const value = (of: object, name: string) => (of as Record<string, unknown>)[name];
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(other, name) && equal(value(one, name), value(other, name)))
  );
}

const misfit = (index: number, why: string) =>
  new Failure('processing', `The patch does not fit the resource: ${why}.`, { expression: [`[${index}]`] });
