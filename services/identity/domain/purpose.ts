import type { Role } from '../../../kernel/auth/actor.ts';

/** v3 PurposeOfUse codes that a role may act for; the first is the default. Break-glass is declared, not asked for here. */
export const purposesOfRole: Record<Role, readonly [string, ...string[]]> = {
  patient: ['PATRQT', 'FAMRQT'],
  practitioner: ['TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT'],
  'privacy-officer': ['HOPERAT', 'HCOMPL'],
  researcher: ['HRESCH', 'CLINTRCH'],
  administrator: ['HSYSADMIN', 'HOPERAT'],
  system: ['TREAT'],
};

/** The purpose that the role acts for: the asked one, or the role's default; undefined where it is not open to the role. */
export function purposeOf(role: Role, asked: string | undefined): string | undefined {
  const open = purposesOfRole[role];
  return asked ? open.find((purpose) => purpose === asked) : open[0];
}
