import type { FastifyInstance } from 'fastify';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Logins } from '../app/logins.ts';
import { interactionRoutes } from './oidc/interaction.ts';
import { providerRoutes } from './oidc/mount.ts';
import type { OpenId } from './oidc/openid.ts';
import { smartConfiguration } from './smart.ts';

/** `/auth/*`: the provider and its pages; and SMART's discovery document under the FHIR base. */
export function identityRest({ provider }: OpenId, logins: Logins, { mac }: Keyring, baseUrl: string) {
  const smart = smartConfiguration(baseUrl);
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/fhir/.well-known/smart-configuration', { config: { access: 'public' } }, (_request, reply) =>
      reply.header('access-control-allow-origin', '*').send(smart),
    );
    // Each in a scope of its own: they read bodies differently.
    await server.register(providerRoutes(provider, baseUrl));
    await server.register(interactionRoutes({ provider, logins, mac }));
  };
}
