import { randomIds } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { agreementStreams } from '../../../services/consent/app/agreementStreams.ts';
import { ledgerTransactions } from '../../../services/consent/app/ledger.ts';
import { reconciliation } from '../../../services/consent/app/reconcile.ts';
import { patientStreams } from '../../../services/consent/app/streams.ts';
import { consentConfig, deploymentOf } from '../../../services/consent/config.ts';
import type { ConsentServiceEvent } from '../../../services/consent/domain/event.ts';
import type { Audited } from './audit.ts';

/** What the ledger keeps of consents is what the events come to. */
export async function consentsAreEntered({ url, stores, ledgers }: Audited): Promise<string[]> {
  const { store, keyring, log: logOf } = stores.of('consent');
  const log = logOf<ConsentServiceEvent>();
  const ids = randomIds;
  const deployment = deploymentOf({ ...readConfig({}, consentConfig), baseUrl: url });
  const streams = patientStreams({ log, keyring, deployment, ids });
  const agreements = agreementStreams({ log, keyring, ids });
  const transactions = ledgerTransactions({ streams, agreements, deployment });
  const compared = reconciliation({ store, log, streams, ledger: ledgers[0]!, transactions, keyring });
  await compared.round();
  return compared.differences() === 0 ? [] : [`the ledger differs in ${compared.differences()} consents`];
}
