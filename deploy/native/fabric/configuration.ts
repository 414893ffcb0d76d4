import { join } from 'node:path';
import type { Network, Orderer, Organization } from './network.ts';

/* Fabric reads YAML, of which JSON is a part. */

const loopback = ['localhost', '127.0.0.1'];

/** `crypto-config.yaml` of cryptogen. */
export function cryptoConfig({ organizations, orderers }: Network) {
  const specs = orderers.map(({ name }) => ({ Hostname: name, SANS: loopback }));
  return {
    OrdererOrgs: [{ Name: 'Orderer', Domain: 'orderer.healthchain', EnableNodeOUs: true, Specs: specs }],
    PeerOrgs: organizations.map(({ name, domain }) => ({
      ...{ Name: name, Domain: domain, EnableNodeOUs: true },
      ...{ Template: { Count: 1, SANS: loopback }, Users: { Count: 1 } },
    })),
  };
}

const signedBy = (...principals: string[]) => ({
  Type: 'Signature',
  Rule: `OR(${principals.map((each) => `'${each}'`).join(',')})`,
});
const meta = (rule: string) => ({ Type: 'ImplicitMeta', Rule: rule });
const overall = { Readers: meta('ANY Readers'), Writers: meta('ANY Writers'), Admins: meta('MAJORITY Admins') };

/** `configtx.yaml` of configtxgen: one profile, in which most organisations must endorse (of two: both). */
export function configtx(network: Network) {
  const { organizations, orderers } = network;
  return {
    Profiles: {
      healthchain: {
        Policies: overall,
        Capabilities: { V2_0: true },
        Orderer: {
          ...{ OrdererType: 'etcdraft', BatchTimeout: '25ms' },
          BatchSize: { MaxMessageCount: 500, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
          EtcdRaft: { Consenters: orderers.map(consenter), Options: raft },
          Organizations: [ordererOrganization(network)],
          Policies: { ...overall, BlockValidation: meta('ANY Writers') },
          Capabilities: { V2_0: true },
        },
        Application: {
          Organizations: organizations.map(peerOrganization),
          Policies: {
            ...overall,
            LifecycleEndorsement: meta('MAJORITY Endorsement'),
            Endorsement: meta('MAJORITY Endorsement'),
          },
          Capabilities: { V2_5: true },
        },
      },
    },
  };
}

/**
 * A small snapshot interval, because before 2.5.3 an orderer can deadlock at its start while it replays the first
 * configuration entries from its log: after a snapshot it never replays them. A slow tick, because on a slow disk a
 * fast one moves leadership about, and each move can lose transactions that were accepted.
 */
const raft = {
  ...{ TickInterval: '500ms', ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5 },
  SnapshotIntervalSize: '16 KB',
};

function consenter({ crypto, port }: Orderer) {
  const certificate = join(crypto, 'tls', 'server.crt');
  return { Host: '127.0.0.1', Port: port, ClientTLSCert: certificate, ServerTLSCert: certificate };
}

function ordererOrganization({ folder, orderers }: Network) {
  return {
    ...{ Name: 'orderer', ID: 'orderer' },
    MSPDir: join(folder, 'crypto', 'ordererOrganizations', 'orderer.healthchain', 'msp'),
    Policies: {
      Readers: signedBy('orderer.member'),
      Writers: signedBy('orderer.member'),
      Admins: signedBy('orderer.admin'),
    },
    OrdererEndpoints: orderers.map(({ port }) => `127.0.0.1:${port}`),
  };
}

function peerOrganization({ name, peer, gateway }: Organization) {
  return {
    ...{ Name: name, ID: name, MSPDir: join(peer, '..', '..', 'msp') },
    Policies: {
      Readers: signedBy(`${name}.admin`, `${name}.peer`, `${name}.client`),
      Writers: signedBy(`${name}.admin`, `${name}.client`),
      Admins: signedBy(`${name}.admin`),
      Endorsement: signedBy(`${name}.peer`),
    },
    AnchorPeers: [{ Host: '127.0.0.1', Port: gateway }],
  };
}

const software = { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } };

/** `orderer.yaml` of one orderer. */
export function ordererConfig({ folder }: Network, { name, crypto, port, admin, operations }: Orderer) {
  const tls = (file: string) => join(crypto, 'tls', file);
  const data = join(folder, 'data', name);
  return {
    General: {
      ...{ ListenAddress: '127.0.0.1', ListenPort: port, BootstrapMethod: 'none', BCCSP: software },
      ...{ LocalMSPDir: join(crypto, 'msp'), LocalMSPID: 'orderer', Authentication: { TimeWindow: '15m' } },
      TLS: { Enabled: true, PrivateKey: tls('server.key'), Certificate: tls('server.crt'), RootCAs: [tls('ca.crt')] },
      Cluster: {
        ...{ ClientCertificate: tls('server.crt'), ClientPrivateKey: tls('server.key'), RootCAs: [tls('ca.crt')] },
        ...{ SendBufferSize: 100, ReplicationBackgroundRefreshInterval: '5m' },
      },
    },
    FileLedger: { Location: data },
    Operations: { ListenAddress: `127.0.0.1:${operations}` },
    Metrics: { Provider: 'prometheus' },
    Admin: { ListenAddress: `127.0.0.1:${admin}` },
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
    Consensus: { WALDir: join(data, 'wal'), SnapDir: join(data, 'snap') },
  };
}

/** `core.yaml` of one peer, and of the commands that speak to it. */
export function peerConfig({ folder }: Network, { name, peer, gateway, peerChaincode }: Organization) {
  const data = join(folder, 'data', `peer-${name}`);
  return {
    peer: {
      ...{ id: `peer0.${name}`, networkId: 'healthchain', localMspId: name, mspConfigPath: join(peer, 'msp') },
      ...{ address: `127.0.0.1:${gateway}`, listenAddress: `127.0.0.1:${gateway}`, fileSystemPath: data },
      chaincodeAddress: `127.0.0.1:${peerChaincode}`,
      chaincodeListenAddress: `127.0.0.1:${peerChaincode}`,
      tls: {
        enabled: true,
        cert: { file: join(peer, 'tls', 'server.crt') },
        key: { file: join(peer, 'tls', 'server.key') },
        rootcert: { file: join(peer, 'tls', 'ca.crt') },
      },
      gossip: gossip(`127.0.0.1:${gateway}`),
      ...{ BCCSP: software, localMspType: 'bccsp', client: { connTimeout: '3s' }, handlers },
      gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '30s', dialTimeout: '2m' },
      keepalive: { interval: '7200s', timeout: '20s', minInterval: '60s', client: ping, deliveryClient: ping },
      deliveryclient: {
        ...{ blockGossipEnabled: false, reconnectTotalTimeThreshold: '3600s' },
        ...{ connTimeout: '3s', reConnectBackoffThreshold: '5s' },
      },
      authentication: { timewindow: '15m' },
      discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000, authCachePurgeRetentionRatio: 0.75 },
      limits: { concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 5000 } },
      ...{ maxRecvMsgSize: 104_857_600, maxSendMsgSize: 104_857_600 },
    },
    vm: { endpoint: '' },
    chaincode: chaincode(join(folder, 'builder')),
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: false },
      pvtdataStore: { collElgProcMaxDbBatchSize: 5000, collElgProcDbBatchesInterval: 1000, purgeInterval: 100 },
      snapshots: { rootDir: join(data, 'snapshots') },
    },
    operations: { listenAddress: '127.0.0.1:0' },
    metrics: { provider: 'disabled' },
  };
}

const ping = { interval: '60s', timeout: '20s' };
const handlers = {
  authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }],
  decorators: [{ name: 'DefaultDecorator' }],
  endorsers: { escc: { name: 'DefaultEndorsement' } },
  validators: { vscc: { name: 'DefaultValidation' } },
};

/** Peers that come back find each other within seconds: until then there is no endorsement by both. */
const gossip = (address: string) => ({
  ...{ bootstrap: address, endpoint: address, externalEndpoint: address, useLeaderElection: false, orgLeader: true },
  ...{ reconnectInterval: '1s', aliveTimeInterval: '1s', aliveExpirationTimeout: '5s', state: { enabled: false } },
  pvtData: {
    implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    ...{ pullRetryThreshold: '60s', transientstoreMaxBlockRetention: 1000, pushAckTimeout: '3s', btlPullMargin: 10 },
    ...{ reconcileBatchSize: 10, reconcileSleepInterval: '1m', reconciliationEnabled: true },
  },
});

const chaincode = (builder: string) => ({
  externalBuilders: [{ name: 'service', path: builder }],
  ...{ installTimeout: '300s', startuptimeout: '300s', executetimeout: '30s', mode: 'net', keepalive: 0 },
  logging: { level: 'warning', shim: 'warning' },
  system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
});
