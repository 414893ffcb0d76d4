import type { Command } from './command.ts';

/** Every command, loaded only when it is called: `npm run cli -- token` need not load a gRPC client. */
const commands: Record<string, () => Promise<{ default: Command }>> = {
  users: () => import('./commands/users.ts'),
  token: () => import('./commands/token.ts'),
  import: () => import('./commands/import.ts'),
  grant: () => import('./commands/grant.ts'),
  revoke: () => import('./commands/revoke.ts'),
  'revoke-all': () => import('./commands/revoke-all.ts'),
  template: () => import('./commands/template.ts'),
  permitted: () => import('./commands/permitted.ts'),
  notifications: () => import('./commands/notifications.ts'),
  agreement: () => import('./commands/agreement.ts'),
  'break-glass': () => import('./commands/break-glass.ts'),
  emergencies: () => import('./commands/emergencies.ts'),
  trail: () => import('./commands/trail.ts'),
  proof: () => import('./commands/proof.ts'),
  verify: () => import('./commands/verify.ts'),
  research: () => import('./commands/research.ts'),
  'verify-release': () => import('./commands/verify-release.ts'),
  story: () => import('./commands/story.ts'),
  label: () => import('./commands/label.ts'),
  relabel: () => import('./commands/relabel.ts'),
  rebuild: () => import('./commands/rebuild.ts'),
};

export const commandNames: readonly string[] = Object.keys(commands);

export async function loadCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? (await commands[name]!()).default : undefined;
}
