import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Terms } from '../../../contracts/rules/terms.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';
import { type AgreementCommand, type AgreementEvent, agreement, isLate } from './agreement.ts';

const chen: Agent = { subject: 'chen', role: 'practitioner', organization: 'lindenhof' };
const ada: Agent = { subject: 'ada', role: 'patient' };
const records: Agent = { subject: 'service/records', role: 'system' };
const day = 24 * 3600_000;
const terms: Terms = {
  ...{ purpose: 'TREAT', dataClasses: ['Observation'], recipientRole: 'practitioner' },
  ...{ from: 0, until: 10 * day, eraseAt: 20 * day },
  frequency: { transfers: 2, window: day },
};
const question = {
  patient: 'p-1',
  actor: { subject: 'chen', organization: 'lindenhof', role: 'practitioner', careTeams: [] },
  ...{ action: 'collect', purpose: 'TREAT' },
};

const propose = {
  type: 'propose',
  patient: 'p-1',
  requester: 'lindenhof',
  custodian: 'northgate',
  terms,
  at: 1,
  by: chen,
} as const;
const accept = { type: 'accept', how: 'patient', consent: 'c-1', at: 2, by: ada } as const;
const request = (at: number, more: object = {}) => ({ type: 'request', question, at, by: chen, ...more }) as const;
const authorised = (transfer: number, at: number) => {
  const decided = { basis: ['Consent/c-1/_history/1'], version: 2, transaction: `t${transfer}`, block: transfer };
  return { type: 'authorised', transfer, at, by: chen, ...decided } as const;
};
const fulfil = (transfer: number, sha256 = 'aa') =>
  ({ type: 'fulfil', transfer, sha256, bytes: 1, at: 5, by: records }) as const;
const end = (reason: 'revoked' | 'expired', at: number) =>
  ({ type: 'end', reason, grace: 3 * day, at, by: ada }) as const;
const attest = { type: 'attest', text: 'gone', at: 30 * day, by: chen } as const;

const after = (commands: readonly AgreementCommand[]) =>
  commands.reduce(
    (state, command) => agreement.decide(command, state).reduce(agreement.evolve, state),
    agreement.initial,
  );
const given = (...commands: AgreementCommand[]) => ({
  when: (command: AgreementCommand): AgreementEvent[] => agreement.decide(command, after(commands)),
  refuses: (command: AgreementCommand, code: string) =>
    assert.throws(
      () => agreement.decide(command, after(commands)),
      (error) => error instanceof Failure && error.code === code,
    ),
});
const types = (events: AgreementEvent[]) => events.map(({ type }) => type);

test('each step is one event that names the custodian, and again is none', () => {
  const steps: [AgreementCommand, string][] = [
    [propose, 'AgreementProposed'],
    [accept, 'AgreementAccepted'],
    [request(3), 'TransferRequested'],
    [authorised(1, 4), 'TransferAuthorised'],
    [fulfil(1), 'TransferFulfilled'],
    [end('revoked', 6), 'AgreementEnded'],
    [attest, 'DeletionAttested'],
  ];
  const before: AgreementCommand[] = [];
  for (const [command, type] of steps) {
    const events = given(...before).when(command);
    assert.deepEqual(types(events), [type]);
    assert.equal(events[0]!.custodian, 'northgate');
    before.push(command);
    if (command.type !== 'request') assert.deepEqual(given(...before).when(command), [], type);
  }
});

test('an agreement that ended is accepted by nobody, and one whose period is over neither', () => {
  given(propose, end('revoked', 2)).refuses(accept, 'business-rule');
  given(propose).refuses({ ...accept, at: terms.until }, 'business-rule');
  given().refuses(accept, 'not-found');
});

test('it expires only when its period is over', () => {
  assert.deepEqual(given(propose, accept).when(end('expired', terms.until - 1)), []);
  assert.deepEqual(types(given(propose, accept).when(end('expired', terms.until))), ['AgreementEnded']);
});

test('of more than the frequency allows in any window the next is refused, as an event', () => {
  const two = [request(1 * day), authorised(1, 1 * day), request(1.5 * day), authorised(2, 1.5 * day)];
  const used = given(propose, accept, ...two);
  assert.deepEqual(types(used.when(request(2 * day - 1))), ['TransferRefused']);
  assert.deepEqual(types(used.when(request(2 * day))), ['TransferRequested']);
});

test('what does not fit is refused as an event, also for a key that was used', () => {
  const asked = request(3, { key: 'k' });
  const done = given(propose, accept, asked, authorised(1, 3));
  assert.deepEqual(done.when(asked), []);
  const [refused] = done.when(request(4, { key: 'k', misfit: 'over' }));
  assert.deepEqual([refused!.type, (refused as { reason: string }).reason], ['TransferRefused', 'over']);
});

test('while the ledger decides on one, no other is asked for; its refusal makes way', () => {
  const asked = given(propose, accept, request(3, { key: 'k' }));
  asked.refuses(request(4), 'conflict');
  const refused = { type: 'refuse', reason: 'no', at: 4, by: chen } as const;
  const next = given(propose, accept, request(3, { key: 'k' }), refused).when(request(5, { key: 'k' }));
  assert.deepEqual(types(next), ['TransferRequested']);
});

test('a transfer hands over one thing, and only what was authorised', () => {
  const done = given(propose, accept, request(3), authorised(1, 3), fulfil(1));
  done.refuses(fulfil(1, 'bb'), 'business-rule');
  done.refuses(fulfil(2), 'not-found');
});

test('what was received is deleted by eraseAt, or soon after an early end; what was not needs no deletion', () => {
  const received = [propose, accept, request(3), authorised(1, 3)];
  const eraseBy = (...commands: AgreementCommand[]) => after(commands)!.end!.eraseBy;
  assert.equal(eraseBy(...received, end('expired', terms.until)), terms.eraseAt);
  assert.equal(eraseBy(...received, end('revoked', 4 * day)), 7 * day);
  assert.equal(eraseBy(...received, end('revoked', 19 * day)), terms.eraseAt);
  assert.equal(eraseBy(propose, accept, end('revoked', 4)), undefined);
  given(propose, accept, end('revoked', 4)).refuses(attest, 'business-rule');
});

test('the late are reminded once', () => {
  const ended = [propose, accept, request(3), authorised(1, 3), end('revoked', day)];
  const remind = (at: number) => ({ type: 'remind', at, by: records }) as const;
  assert.deepEqual(given(...ended).when(remind(4 * day - 1)), []);
  assert.deepEqual(types(given(...ended).when(remind(4 * day))), ['DeletionOverdue']);
  assert.deepEqual(given(...ended, remind(4 * day)).when(remind(5 * day)), []);
  assert.equal(isLate(after(ended)!, 4 * day), true);
  assert.equal(isLate(after([...ended, attest])!, 4 * day), false);
});

test('the recipient attests, in words', () => {
  const ended = given(propose, accept, request(3), authorised(1, 3), end('revoked', day));
  ended.refuses({ ...attest, text: ' ' }, 'value');
  ended.refuses({ ...attest, by: { ...chen, organization: 'northgate' } }, 'forbidden');
});

test('a proposal says whose data, of whom, and under which terms', () => {
  for (const wrong of [
    { patient: '' },
    { custodian: 'lindenhof' },
    { terms: { ...terms, dataClasses: [] } },
    { at: terms.until },
  ])
    given().refuses({ ...propose, ...wrong }, 'value');
  given().refuses({ ...propose, by: ada, requester: '' }, 'forbidden');
  given(propose).refuses({ ...propose, terms: { ...terms, dataClasses: ['Condition'] } }, 'business-rule');
});
