import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { roles } from '../../../kernel/auth/actor.ts';
import { allows, type Interaction } from '../../../kernel/auth/scopes.ts';
import { purposeOf, purposesOfRole } from './purpose.ts';
import { isKnownScope, narrow, scopesOfRole } from './scope.ts';

test('what is asked for is cut down to what is allowed', () => {
  assert.deepEqual(narrow(['patient/*.cruds'], ['patient/*.rs', 'patient/Consent.cruds']), [
    ...['patient/*.rs', 'patient/Consent.cruds'],
  ]);
  assert.deepEqual(narrow(['user/Observation.read'], ['user/*.cruds']), ['user/Observation.rs']);
  assert.deepEqual(narrow(['patient/*.*'], ['patient/Consent.cu']), ['patient/Consent.cu']);
  assert.deepEqual(narrow(['launch/patient', 'openid'], ['launch/patient']), ['launch/patient']);
});

test('other levels, other types, searches and nonsense give nothing', () => {
  const asked = [
    'user/Observation.rs',
    'patient/Consent.d',
    'patient/Observation.rs?category=x',
    'patient/*.',
    'admin',
  ];
  assert.deepEqual(narrow(asked, ['patient/Observation.rs', 'user/Consent.rs']), []);
});

test('nothing is granted that was not both asked for and allowed', () => {
  const scope = fc
    .tuple(
      fc.constantFrom('patient', 'user', 'system'),
      fc.constantFrom('*', 'Observation', 'Consent', 'Patient'),
      fc.constantFrom('c', 'r', 'rs', 'cud', 'cruds', 'read', 'write', '*'),
    )
    .map(([level, type, interactions]) => `${level}/${type}.${interactions}`);
  fc.assert(
    fc.property(fc.array(scope), fc.array(scope), (asked, allowed) => {
      const granted = narrow(asked, allowed);
      for (const level of ['patient/', 'user/', 'system/']) {
        const of = (scopes: string[]) => scopes.filter((each) => each.startsWith(level));
        for (const type of ['Observation', 'Consent', 'Patient', 'Encounter']) {
          for (const interaction of [...'cruds'] as Interaction[]) {
            const both = allows(of(asked), type, interaction) && allows(of(allowed), type, interaction);
            assert.equal(allows(of(granted), type, interaction), both, `${level}${type}.${interaction}`);
          }
        }
      }
    }),
  );
});

test('every role has scopes that can be registered, and a default purpose; no other role has its purposes', () => {
  for (const role of roles) {
    for (const scope of scopesOfRole[role]) assert.ok(isKnownScope(scope), scope);
    assert.equal(purposeOf(role, undefined), purposesOfRole[role][0]);
    assert.equal(purposeOf(role, 'BTG'), undefined);
  }
  assert.equal(purposeOf('practitioner', 'HRESCH'), undefined);
  assert.equal(purposeOf('researcher', 'CLINTRCH'), 'CLINTRCH');
});
