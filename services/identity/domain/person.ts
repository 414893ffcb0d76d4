import type { Role } from '../../../kernel/auth/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

export const personRoles = ['patient', 'practitioner', 'privacy-officer', 'researcher', 'administrator'] as const;
export type PersonRole = (typeof personRoles)[number] & Role;

/** A scrypt hash (RFC 7914) with the parameters it was made with; base64. */
export interface PasswordHash {
  N: number;
  r: number;
  p: number;
  salt: string;
  hash: string;
}

export interface PersonDetails {
  /** As typed at login, in the form of `loginForm`. */
  login: string;
  name: string;
  role: PersonRole;
  /** Staff act for one. */
  organization?: string;
  /** A patient's FHIR Patient id. */
  patient?: string;
  careTeams: string[];
  /** Of the demo world: its password is known to everybody. */
  demo: boolean;
}
export interface PersonRegistered extends PersonDetails {
  type: 'PersonRegistered';
  password: PasswordHash;
  by: Agent;
}
export type PersonEvent = PersonRegistered;

export interface RegisterPerson extends Omit<PersonDetails, 'role'> {
  type: 'register';
  role: string;
  password: PasswordHash;
  by: Agent;
}
export type Person = { status: 'none' } | ({ status: 'registered'; password: PasswordHash } & PersonDetails);

/** A person with a login. */
export const person = { initial: { status: 'none' } as Person, decide, evolve };

/** Upper and lower case, composed and decomposed letters are the same login (RFC 8265, roughly). */
export const loginForm = (login: string): string => login.normalize('NFKC').trim().toLowerCase();

/** Whose key seals what is known of a person: the patient's own, or the organisation's, else one of the person's. */
export function personOwner(id: string, of: { role: string; patient?: string; organization?: string }): string {
  if (of.role === 'patient') return of.patient ?? `person/${id}`;
  return of.organization ? `organization/${of.organization}` : `person/${id}`;
}

function decide(command: RegisterPerson, state: Person): PersonEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'This person is already registered.');
  const { type: _, ...details } = command;
  const login = loginForm(command.login);
  const name = command.name.trim();
  if (!/^[^\p{Cc}\s]{1,100}$/u.test(login))
    throw missing('login', 'Give a login of 1 to 100 characters without spaces.');
  if (!name || name.length > 200) throw missing('name', 'Give a name of 1 to 200 characters.');
  const role = roleOf(command.role);
  if (role === 'patient') refuse(command.organization, 'organization', 'A patient acts for no organisation.');
  else refuse(command.patient, 'patient', 'Only the login of a patient is tied to a Patient.');
  // An administrator without one looks after the whole platform.
  if (role !== 'patient' && role !== 'administrator' && !command.organization) {
    throw missing('organization', `A ${role} acts for an organisation: name it.`);
  }
  return [{ ...details, type: 'PersonRegistered', login, name, role }];
}

function roleOf(role: string): PersonRole {
  const found = personRoles.find((each) => each === role);
  if (found) return found;
  throw new Failure('value', `A person's role is one of: ${personRoles.join(', ')}.`, { expression: ['role'] });
}

const missing = (field: string, message: string) => new Failure('required', message, { expression: [field] });

function refuse(value: string | undefined, field: string, message: string): void {
  if (value) throw new Failure('value', message, { expression: [field] });
}

function evolve(_state: Person, event: PersonEvent): Person {
  const { type: _, by: __, ...registered } = event;
  return { status: 'registered', ...registered };
}
