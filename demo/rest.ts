import type { FastifyInstance } from 'fastify';
import { Failure } from '../kernel/errors.ts';
import type { RpcTransport } from '../kernel/rpc/port.ts';
import { IdentityService } from '../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { demoPatients } from './patients.ts';
import { demoPatientCount } from './seed.ts';
import { demoPassword, demoStaff } from './world.ts';

/**
 * GET /demo/users: who is in the demo world, with the password they all share. Answers `not-found` until the world is
 * complete, and always where the platform runs without one.
 */
export function demoRoutes(rpc: RpcTransport) {
  const identity = rpc.client(IdentityService);
  let complete = false;
  async function user({ login, name }: { login: string; name: string }) {
    const { role, organization, patient } = await identity.getPerson({ login });
    return {
      user: login,
      name,
      role,
      password: demoPassword,
      ...(organization && { organization }),
      ...(patient && { patient }),
    };
  }
  return {
    open() {
      complete = true;
    },
    async rest(server: FastifyInstance): Promise<void> {
      server.get('/demo/users', { config: { access: 'public' } }, async () => {
        if (!complete) throw new Failure('not-found', 'There is no demo world here (yet): start without --no-demo.');
        return { users: await Promise.all([...demoStaff, ...demoPatients(demoPatientCount)].map(user)) };
      });
    },
  };
}
