import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import pino from 'pino';
import { authority } from '../../deploy/native/ca.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import type { ServiceName } from '../bus/port.ts';
import { systemClock as clock, randomIds as ids } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { CertificateFiles } from './certificateFiles.ts';
import { authenticate, echoService, transportConformance } from './conformance.ts';
import { type GrpcServer, grpcServer } from './grpc.ts';
import { type MutualTls, mutualTls } from './mutualTls.ts';
import { type GrpcTransport, grpcTransport } from './network.ts';
import type { Implementation } from './port.ts';
import { rpcService } from './service.ts';

const log = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'healthchain-tls-'));
after(() => rmSync(folder, { recursive: true }));

const trustDomain = 'healthchain.test';
const nowhere = { host: '127.0.0.1', port: 0 };
const home = authority(join(folder, 'home'), trustDomain, clock.now());
/** Of the same names, but nobody here trusts it. */
const foreign = authority(join(folder, 'foreign'), trustDomain, clock.now());

const opened: { close(): unknown }[] = [];
after(() => Promise.all(opened.map((each) => each.close())));
function keep<T extends { close(): unknown }>(each: T): T {
  opened.push(each);
  return each;
}

const issued = (holder: string, by = home) => by.issue(holder, clock.now(), 1);
const tlsOf = (holder: string, files = issued(holder)) => keep(mutualTls({ files, trustDomain, clock, log }));

/** Answers with who asks. */
const whoAsks = rpcService(
  RecordsService,
  { read: 'services-or-token', search: 'services', ingest: 'token', share: 'services' },
  {
    ...(echoService({ aborted: false }).handlers as unknown as Implementation<typeof RecordsService>),
    read: async (_request, { service, actor }) => ({ resource: Buffer.from(service ?? actor?.subject ?? '') }),
  },
);

async function serve(tls: MutualTls, service = whoAsks): Promise<GrpcServer> {
  const server = await grpcServer({ host: '127.0.0.1', port: 0, services: [service], authenticate, log, ids, tls });
  keep({ close: server.stop });
  return server;
}

function reach({ port }: GrpcServer, tls: MutualTls, server: ServiceName = 'records'): GrpcTransport {
  return keep(grpcTransport(() => ({ address: `127.0.0.1:${port}`, credentials: tls.channel(server) })));
}

transportConformance('over mutual TLS', async (service) => {
  const server = await serve(tlsOf('records'), service);
  return { transport: reach(server, tlsOf('consent')), async close() {} };
});

const fails = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && words.test(error.message);
const asked = async (transport: GrpcTransport, token?: string) =>
  Buffer.from((await transport.client(RecordsService).read({}, token ? { token } : {})).resource).toString();

/** Serial number of the certificate that a server shows to a new connection. */
async function serialOf({ port }: GrpcServer): Promise<string> {
  const { ca, certificate, key } = issued('probe');
  const [trusted, cert, secret] = [ca, certificate, key].map((file) => readFileSync(file));
  const options = { ca: trusted, cert, key: secret, ALPNProtocols: ['h2'], checkServerIdentity: () => undefined };
  const socket = connect({ host: '127.0.0.1', port, ...options });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test('a service is who its certificate says; anybody else of the trust domain needs a token', async () => {
  const server = await serve(tlsOf('records'));
  assert.equal(await asked(reach(server, tlsOf('consent'))), 'consent');
  const hospital = reach(server, tlsOf('hospital'));
  assert.equal(await asked(hospital, 'good'), 'adler');
  await assert.rejects(asked(hospital), fails('login', /access token/));
  await assert.rejects(hospital.client(RecordsService).share({}, { token: 'good' }), fails('forbidden', /services/));
});

test('who has no certificate, or one of another CA, is refused before the first call', async () => {
  const server = await serve(tlsOf('records'));
  const both = join(folder, 'both.pem');
  writeFileSync(both, readFileSync(home.ca, 'utf8') + readFileSync(foreign.ca, 'utf8'));
  const stranger = tlsOf('consent', { ...issued('consent', foreign), ca: both });
  await assert.rejects(asked(reach(server, stranger)), fails('unavailable', /./));
  await assert.rejects(asked(keep(grpcTransport(`127.0.0.1:${server.port}`))), fails('unavailable', /./));
});

test('a certificate of the CA, but of another trust domain, lets nobody in', async () => {
  const server = await serve(tlsOf('records'));
  const files = authority(join(folder, 'home'), 'other.test', clock.now()).issue('research', clock.now(), 1);
  const [ca, key, certificate] = [files.ca, files.key, files.certificate].map((file) => readFileSync(file));
  const credentials = grpc.credentials.createSsl(ca, key, certificate, { checkServerIdentity: () => undefined });
  const channel = keep(grpcTransport(() => ({ address: `127.0.0.1:${server.port}`, credentials })));
  await assert.rejects(asked(channel, 'good'), fails('login', /nobody in spiffe:\/\/healthchain\.test/));
});

test('a server that is another service than the one asked for is refused', async () => {
  const server = await serve(tlsOf('research'));
  const calls = asked(reach(server, tlsOf('consent'), 'records'));
  await assert.rejects(calls, ({ code, cause }: Failure) => {
    assert.match(String(cause), /the server is spiffe:\/\/healthchain\.test\/research, not .*records/);
    return code === 'unavailable';
  });
});

test('a replaced certificate holds from the next connection on, and calls go on', async () => {
  const tls = tlsOf('audit');
  const server = await serve(tls);
  const before = await serialOf(server);
  const caller = reach(server, tlsOf('consent'), 'audit');
  assert.equal(await asked(caller), 'consent');
  issued('audit');
  assert.equal(tls.refresh(), true);
  assert.equal(tls.refresh(), false);
  assert.notEqual(await serialOf(server), before);
  assert.equal(await asked(caller), 'consent');
  assert.equal(await asked(reach(server, tlsOf('identity'), 'audit')), 'identity');
});

test('a certificate that is only half replaced, or of another CA, is not taken', async () => {
  const files = issued('research');
  const tls = tlsOf('research', files);
  const server = await serve(tls);
  const before = await serialOf(server);
  writeFileSync(files.key, readFileSync(issued('identity').key));
  assert.equal(tls.refresh(), false);
  for (const file of ['certificate', 'key'] as const)
    writeFileSync(files[file], readFileSync(issued('research', foreign)[file]));
  assert.equal(tls.refresh(), false);
  assert.equal(await serialOf(server), before);
});

test('a start with a certificate that cannot be used says why in one line', () => {
  const open = (files: CertificateFiles) => () =>
    keep(mutualTls({ files, trustDomain, service: 'consent', clock, log }));
  const cases: [() => CertificateFiles, RegExp][] = [
    [() => home.issue('consent', clock.now() - 2 * 3_600_000, 1), /consent\.pem expired on .*; issue a new one/],
    [() => issued('records'), /records\.pem is not for spiffe:\/\/healthchain\.test\/consent/],
    [() => ({ ...issued('consent'), key: home.ca }), /ca\.pem is not what it should be/],
    [() => ({ ...issued('consent'), key: issued('records').key }), /records\.key is not the key of .*consent\.pem/],
    [() => ({ ...issued('consent'), ca: foreign.ca }), /is not signed by a CA in .*foreign\/ca\.pem/],
    [() => ({ ...issued('consent'), ca: join(folder, 'absent.pem') }), /absent\.pem cannot be read \(ENOENT\)/],
  ];
  for (const [files, words] of cases) assert.throws(open(files()), fails('invalid', words));
});

test('who is refused in the handshake is told of in the log, once', async () => {
  const lines: { peer: string; reason: string }[] = [];
  const told = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const tls = tlsOf('records');
  const server = await grpcServer({ ...nowhere, services: [whoAsks], authenticate, log: told, ids, tls });
  keep({ close: server.stop });
  const strangers = [issued('consent', foreign), undefined].flatMap((files) => [files, files]);
  for (const files of strangers) {
    const identity = files && { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
    const socket = connect({
      ...nowhere,
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      ...identity,
    });
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  while (lines.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await asked(reach(server, tlsOf('consent'))), 'consent');
  const reasons = lines.map(({ reason }) => reason).toSorted();
  assert.equal(reasons.length, 2, `${reasons}`);
  assert.match(`${reasons}`, /^ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE,.*SIGNATURE/); // another CA of the same name
  for (const { peer } of lines) assert.equal(peer, '127.0.0.1');
});
