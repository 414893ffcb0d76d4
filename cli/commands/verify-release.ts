import { verifyPackage } from '../../services/research/package/verify.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'verify-release',
  summary: 'Verifies a package of released research data, offline.',
  usage: 'verify-release <package> [--vkey "name+id+key"]',
  takes: 'the folder of a package',
  options: { vkey: { type: 'string', doc: 'the platform’s verifier key for releases, as its operator published it' } },
  async run({ argument, values, json, out, err }) {
    const trusted = values.vkey as string | undefined;
    const { manifest, rows, k } = await verifyPackage(argument, trusted);
    const { release, study, releasedAt, files, contents, ledger, vkey } = manifest;
    if (json)
      out(
        JSON.stringify({
          valid: true,
          release,
          study,
          releasedAt,
          rows,
          k,
          contents,
          ledger,
          vkey,
          vkeyTrusted: trusted !== undefined,
        }),
      );
    else {
      out(`release ${release} of study ${study.id}, ${study.title}, at ${releasedAt}`);
      out(`${rows} rows, at least ${k} alike; ${files.length} files as they were signed, contents ${contents}`);
      if (ledger) out(`anchored in block ${ledger.block} of the ledger, transaction ${ledger.transaction}`);
      out('valid');
    }
    if (!trusted) err(`Signed by ${vkey}: compare this key with the one you know, or give that with --vkey.`);
    return 0;
  },
};
export default command;
