import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Find, ViewDocument, Views, ViewWrite } from './port.ts';

/** Where views are kept; opened again it finds what was applied before. */
export interface ViewsPlace {
  open(): Promise<Views>;
}

interface Here {
  reopen(views: Views): Promise<Views>;
}
type Given = (name: string, body: (views: Views, here: Here) => Promise<void>) => void;

/** What every view store promises; called by each adapter's test. `place` gives a fresh, empty one. */
export function viewsConformance(adapter: string, place: () => ViewsPlace): void {
  const given: Given = (name, body) =>
    test(`${adapter}: ${name}`, async () => {
      const here = place();
      let opened = await here.open();
      const reopen = async (views: Views) => {
        await views.close();
        opened = await here.open();
        return opened;
      };
      try {
        await body(opened, { reopen });
      } finally {
        await opened.close();
      }
    });
  documents(given);
  guard(given);
  finding(given);
  keepingPlace(given);
}

function documents(given: Given): void {
  given('a document comes back as it was put, after opening again too', async (views, here) => {
    const document = put('a', 7, { sort: 1.5, keys: { one: 'x', many: ['y', 'z'] }, body: Uint8Array.of(0, 255, 3) });
    await views.apply([document]);
    assert.deepEqual(plain(await views.get('things', 'a')), plain(document));
    const again = await here.reopen(views);
    assert.deepEqual(plain(await again.get('things', 'a')), plain(document));
    assert.deepEqual(await ids(again, { where: { many: 'z' } }), ['a']);
  });

  given('what is not there is undefined, and so is what stands in another collection', async (views) => {
    await views.apply([put('a', 1)]);
    assert.equal(await views.get('things', 'b'), undefined);
    assert.equal(await views.get('others', 'a'), undefined);
    assert.deepEqual(await views.find('others', { where: { all: '1' } }), []);
    assert.equal(await views.count('others', { all: '1' }), 0);
  });

  given('of many ids, those that have a document', async (views) => {
    await views.apply([put('a', 1), put('b', 1), put('c', 1), gone('c', 2)]);
    assert.deepEqual([...(await views.existing('things', ['c', 'b', 'x', 'a']))].sort(), ['a', 'b']);
    assert.equal((await views.existing('things', [])).size, 0);
  });

  given('a newer version replaces body, sort and every key', async (views) => {
    await views.apply([put('a', 0, { keys: { kind: 'old', all: '1' }, sort: 1 })]);
    await views.apply([put('a', 1, { keys: { kind: ['new', 'newer'] }, sort: 2, body: Uint8Array.of(9) })]);
    assert.deepEqual(await ids(views, { where: { kind: 'old' } }), []);
    assert.deepEqual(await ids(views, { where: { all: '1' } }), []);
    assert.deepEqual(await ids(views, { where: { kind: 'newer' }, from: 2 }), ['a']);
    const found = await views.get('things', 'a');
    assert.deepEqual([found?.version, found?.sort, found?.body[0]], [1, 2, 9]);
  });

  given('many writes at once are all there', async (views) => {
    await Promise.all(Array.from({ length: 300 }, (_, n) => views.apply([put(`d${n}`, 1), put(`e${n}`, 1)])));
    assert.equal(await views.count('things', { all: '1' }), 600);
  });
}

function guard(given: Given): void {
  given('the same version or an older one is skipped, the rest of its writes are not', async (views) => {
    await views.apply([put('a', 5, { keys: { kind: 'five' } })]);
    const late = [put('a', 5, { keys: { kind: 'again' } }), put('a', 4, { keys: { kind: 'four' } }), put('b', 1)];
    await views.apply(late);
    assert.deepEqual(await ids(views, { where: { kind: 'five' } }), ['a']);
    assert.deepEqual(await ids(views, { where: { all: '1' } }), ['b']);
    for (const kind of ['again', 'four']) assert.equal(await views.count('things', { kind }), 0);
  });

  given('a deleted document is gone, and an older write does not bring it back', async (views, here) => {
    await views.apply([put('a', 1), put('b', 1)]);
    await views.apply([gone('a', 3)]);
    await views.apply([put('a', 2), put('a', 3)]);
    const again = await here.reopen(views);
    await again.apply([put('a', 3)]);
    assert.equal(await again.get('things', 'a'), undefined);
    assert.deepEqual(await ids(again, { where: { all: '1' } }), ['b']);
    await again.apply([put('a', 4)]);
    assert.deepEqual(await ids(again, { where: { all: '1' } }), ['a', 'b']);
  });

  given(
    'a tombstone that comes first wins over what it deletes, and one that comes late over nothing',
    async (views) => {
      await views.apply([gone('a', 2)]);
      await views.apply([put('a', 1)]);
      assert.equal(await views.get('things', 'a'), undefined);
      await views.apply([put('a', 4)]);
      await views.apply([gone('a', 3)]);
      assert.equal((await views.get('things', 'a'))?.version, 4);
    },
  );

  given('writes applied in any order and any number of times end the same', async (views) => {
    const version = fc.integer({ min: 1, max: 4 });
    const change = fc.record({ id: fc.constantFrom('p', 'q'), version, deleted: fc.boolean() });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), fc.boolean(), async (changes, oneByOne) => {
        run += 1;
        const newest = new Map<string, (typeof changes)[number]>();
        for (const one of changes) if (one.version > (newest.get(one.id)?.version ?? 0)) newest.set(one.id, one);
        const writes = changes.map(({ id, version, deleted }) =>
          deleted
            ? gone(`${id}${run}`, version)
            : put(`${id}${run}`, version, { keys: { [`run${run}`]: `${version}` } }),
        );
        if (oneByOne) for (const write of writes) await views.apply([write]);
        else await Promise.all(writes.map((write) => views.apply([write])));
        await views.apply(writes.toReversed());
        for (const [id, { version, deleted }] of newest) {
          assert.equal((await views.get('things', `${id}${run}`))?.version, deleted ? undefined : version);
        }
        const alive = [...newest.values()].filter(({ deleted }) => !deleted);
        const found = await Promise.all([1, 2, 3, 4].map((v) => views.count('things', { [`run${run}`]: `${v}` })));
        assert.equal(
          found.reduce((sum, n) => sum + n, 0),
          alive.length,
          'no key of an older version is left',
        );
      }),
      { numRuns: 30 },
    );
  });
}

function finding(given: Given): void {
  const stored = [
    put('a', 1, { sort: 3, keys: { kind: 'x', tag: ['1', '2'] } }),
    put('c', 1, { sort: 1, keys: { kind: 'x', tag: '1' } }),
    put('b', 1, { sort: 1, keys: { kind: 'x', tag: ['2', '1'] } }),
    put('d', 1, { sort: 2.5, keys: { kind: ['x', 'y'] } }),
    put('e', 1, { sort: -2, keys: { kind: 'y' } }),
  ];
  const filled = (name: string, body: (views: Views) => Promise<void>) =>
    given(name, async (views) => {
      await views.apply(stored);
      await body(views);
    });

  filled('find answers in the order of sort and id, or its reverse', async (views) => {
    assert.deepEqual(await ids(views, { where: { kind: 'x' } }), ['b', 'c', 'd', 'a']);
    assert.deepEqual(await ids(views, { where: { kind: 'x' }, descending: true }), ['a', 'd', 'c', 'b']);
    const [first] = await views.find('things', { where: { kind: 'x' } });
    assert.deepEqual(plain(first), plain(stored[2]));
  });

  filled('every condition must hold; any of a key’s values will do', async (views) => {
    assert.deepEqual(await ids(views, { where: { kind: 'x', tag: '1' } }), ['b', 'c', 'a']);
    assert.deepEqual(await ids(views, { where: { tag: '2', kind: 'x' } }), ['b', 'a']);
    assert.deepEqual(await ids(views, { where: { kind: 'y', tag: '1' } }), []);
    assert.deepEqual(await ids(views, { where: { kind: 'x', absent: '1' } }), []);
  });

  filled('both bounds are inclusive', async (views) => {
    assert.deepEqual(await ids(views, { where: { kind: 'x' }, from: 1, to: 2.5 }), ['b', 'c', 'd']);
    assert.deepEqual(await ids(views, { where: { kind: 'y' }, from: -2, to: -2 }), ['e']);
    assert.deepEqual(await ids(views, { where: { kind: 'x' }, from: 4 }), []);
  });

  filled('count counts what find finds', async (views) => {
    for (const where of [{ kind: 'x' }, { kind: 'y' }, { kind: 'x', tag: '1' }, { kind: 'z' }] as Find['where'][])
      assert.equal(await views.count('things', where), (await ids(views, { where })).length);
  });

  given('a tally is another after any of its documents has changed', async (views) => {
    const tally = () => views.tally('things', { kind: 'x' });
    assert.deepEqual(await tally(), { documents: 0, versions: 0 });
    await views.apply([put('a', 3, { keys: { kind: 'x' } }), put('b', 4, { keys: { kind: 'x' } }), put('c', 5)]);
    assert.deepEqual(await tally(), { documents: 2, versions: 7 });
    await views.apply([
      put('a', 9, { keys: { kind: 'x' } }),
      { collection: 'things', id: 'b', version: 5, deleted: true },
    ]);
    assert.deepEqual(await tally(), { documents: 1, versions: 9 });
  });

  filled('find and count without a condition are refused', async (views) => {
    await assert.rejects(views.find('things', { where: {} }));
    await assert.rejects(views.count('things', {}));
  });

  given('pages put together are the whole, both ways', async (views) => {
    const document = fc.record({ id: fc.integer({ min: 0, max: 40 }), sort: fc.integer({ min: -3, max: 3 }) });
    const documents = fc.uniqueArray(document, { selector: ({ id }) => id, maxLength: 25 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (given, limit, descending) => {
        const where = { run: `${++run}` };
        await views.apply(given.map(({ id, sort }) => put(`${run}-${id}`, 1, { sort, keys: where })));
        const pages: string[] = [];
        for (let after: Find['after']; ; ) {
          const page = await views.find('things', { where, limit, descending, ...(after && { after }) });
          assert.ok(page.length <= limit);
          pages.push(...page.map(({ id }) => id));
          if (page.length < limit) break;
          after = { sort: page.at(-1)!.sort, id: page.at(-1)!.id };
        }
        assert.deepEqual(pages, await ids(views, { where, descending }));
        assert.equal(pages.length, given.length);
      }),
      { numRuns: 25 },
    );
  });
}

function keepingPlace(given: Given): void {
  given('clear takes a collection’s documents and tombstones, and no other’s', async (views) => {
    await views.apply([put('a', 3), gone('b', 5), { ...put('a', 1), collection: 'others' }]);
    await views.clear('things');
    assert.equal(await views.get('things', 'a'), undefined);
    assert.equal(await views.count('things', { all: '1' }), 0);
    assert.equal((await views.get('others', 'a'))?.version, 1);
    await views.apply([put('a', 1), put('b', 1)]);
    assert.deepEqual(await ids(views, { where: { all: '1' } }), ['a', 'b']);
  });

  given('the position is 0 at first, may go back, and outlives closing with the documents', async (views, here) => {
    assert.equal(await views.position(), 0);
    await views.apply([put('a', 1)]);
    await views.savePosition(12);
    const again = await here.reopen(views);
    assert.equal(await again.position(), 12);
    assert.equal((await again.get('things', 'a'))?.version, 1);
    await again.savePosition(0);
    assert.equal(await again.position(), 0);
  });
}

function put(id: string, version: number, more: Partial<ViewDocument> = {}): ViewWrite & ViewDocument {
  return { collection: 'things', id, version, keys: { all: '1' }, sort: 0, body: Uint8Array.of(1), ...more };
}

const gone = (id: string, version: number): ViewWrite => ({ collection: 'things', id, version, deleted: true });

const ids = async (views: Views, find: Find) => (await views.find('things', find)).map(({ id }) => id);

/** Only what the port names; a key's values in no order. */
function plain(document: ViewDocument | undefined) {
  assert.ok(document);
  const { id, version, sort, keys, body } = document;
  const values = Object.entries(keys).map(([key, value]) => [key, [value].flat().toSorted()]);
  return { id, version, sort, keys: Object.fromEntries(values), body: Buffer.from(body).toString('hex') };
}
