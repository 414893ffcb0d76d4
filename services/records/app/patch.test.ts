import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { applyPatch } from './patch.ts';

// The cases of RFC 6902, appendix A, and the errors of its §5.
const applied: [name: string, document: unknown, patch: unknown, result: unknown][] = [
  ['A.1', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  ['A.2', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  ['A.3', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  ['A.4', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  ['A.5', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
  ['A.6', { a: { x: 1, y: 2 }, b: {} }, [{ op: 'move', from: '/a/y', path: '/b/z' }], { a: { x: 1 }, b: { z: 2 } }],
  ['A.7', { foo: [1, 2, 3] }, [{ op: 'move', from: '/foo/0', path: '/foo/2' }], { foo: [2, 3, 1] }],
  ['A.8', { baz: 'qux', foo: ['a', 2] }, [{ op: 'test', path: '/foo/1', value: 2 }], { baz: 'qux', foo: ['a', 2] }],
  ['A.10', { foo: 'bar' }, [{ op: 'add', path: '/child', value: { a: {} } }], { foo: 'bar', child: { a: {} } }],
  ['A.14', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  ['A.16', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
  ['copy', { a: { x: 1 } }, [{ op: 'copy', from: '/a', path: '/b' }], { a: { x: 1 }, b: { x: 1 } }],
  [
    'order of members',
    { a: { x: 1, y: 2 } },
    [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
    { a: { x: 1, y: 2 } },
  ],
  ['the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
];
for (const [name, document, patch, result] of applied) {
  test(`RFC 6902, ${name}`, () => assert.deepEqual(applyPatch(structuredClone(document), patch), result));
}

const refused: [name: string, patch: unknown, code: string][] = [
  ['no list', { op: 'add' }, 'structure'],
  ['no operation', [{ op: 'jump', path: '/a' }], 'structure'],
  ['an inherited name for an operation', [{ op: 'constructor', path: '/a' }], 'structure'],
  ['a path without its slash', [{ op: 'remove', path: 'a' }], 'structure'],
  ['no value', [{ op: 'add', path: '/b' }], 'structure'],
  ['a path to nowhere', [{ op: 'remove', path: '/b/c' }], 'processing'],
  ['an inherited member', [{ op: 'add', path: '/__proto__/x', value: 1 }], 'processing'],
  ['a place beyond the list', [{ op: 'add', path: '/list/5', value: 1 }], 'processing'],
  ['an index with a leading zero', [{ op: 'add', path: '/list/01', value: 1 }], 'processing'],
  ['a move into itself', [{ op: 'move', from: '/a', path: '/a/b' }], 'processing'],
  ['a test that fails', [{ op: 'test', path: '/a', value: 2 }], 'processing'],
];
for (const [name, patch, code] of refused) {
  test(`refused: ${name}`, () => {
    const document = { a: 1, list: [1, 2] };
    assert.throws(
      () => applyPatch(document, patch),
      (error) => error instanceof Failure && error.code === code,
    );
  });
}
