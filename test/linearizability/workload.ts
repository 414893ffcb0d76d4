import { login } from '../../cli/oidc.ts';
import { type Random, seededRandom } from '../../demo/random.ts';
import type { GrpcTransport } from '../../kernel/rpc/network.ts';
import type { Client } from '../../kernel/rpc/port.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { Scene } from '../scene.ts';
import type { Operation } from './checker.ts';
import type { Input, Output } from './consentModel.ts';

export type History = Operation<Input, Output>[];
type Consent = Client<typeof ConsentService>;

/** Somebody with a token and a connection of their own. */
interface Caller {
  consent: Consent;
  token: string;
}

/** A record that another hospital wrote. */
const facts = { type: 'Observation', id: 'o', authorOrganization: 'northgate' };
const reason = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
/** Who asks, by organisation; the second declares emergencies. */
const [asking, declaring] = ['lindenhof', 'harbour'] as const;
const clinicians = { lindenhof: 'dr.chen', harbour: 'dr.evans' };
type Organization = keyof typeof clinicians;

/** In force at once, about: each order in which they may have come is tried. */
const mostConsents = 4;

/** The callers of one patient, and what is known of the consents that are there. */
interface Stage {
  patient: string;
  owner: Caller[];
  clinicians: Record<Organization, Caller>;
  granted: string[];
  declared: string[];
  history: History;
}

/**
 * On two connections a patient grants and revokes, while clinicians ask and declare emergencies on others.
 * @param size operations a patient
 * @returns what happened to each patient, who had revoked all before
 */
export async function run(scene: Scene, patients: number, size: number, seed: number): Promise<History[]> {
  const transports: GrpcTransport[] = [];
  const logIn = async (name: string): Promise<() => Caller> => {
    const { user, password } = scene.users.find((each) => each.user === name)!;
    const { accessToken: token } = await login({ server: scene.platform.url, user, password });
    return () => {
      const transport = scene.platform.rpc();
      transports.push(transport);
      return { consent: transport.client(ConsentService), token };
    };
  };
  try {
    const [lindenhof, harbour] = [await logIn(clinicians.lindenhof), await logIn(clinicians.harbour)];
    const chosen = scene.users.filter(({ patient }) => patient).slice(0, patients);
    const stages = chosen.map(async ({ user, patient }): Promise<Stage> => {
      await scene.as(user).call('/consent/revoke-all', { method: 'POST', body: {} });
      const owner = await logIn(user);
      const asked = { lindenhof: lindenhof(), harbour: harbour() };
      const empty = { granted: [], declared: [], history: [] };
      return { patient: patient!, owner: [owner(), owner()], clinicians: asked, ...empty };
    });
    return await Promise.all(
      (await Promise.all(stages)).map((stage, index) => play(stage, size, seededRandom(seed + index))),
    );
  } finally {
    for (const transport of transports) transport.close();
  }
}

async function play(stage: Stage, size: number, random: Random): Promise<History> {
  const worker = async (next: () => Promise<void>) => {
    while (stage.history.length < size) await next();
  };
  await Promise.all([
    ...stage.owner.map((owner) => worker(() => changeConsents(stage, owner, random))),
    ...([asking, asking, declaring] as const).map((organization) => worker(() => check(stage, organization))),
    ...[1, 2].map(() => worker(() => changeEmergency(stage, random))),
  ]);
  return spoken(stage.history);
}

/** Without one about the organisation, a check rests on the newest about anybody, for the policy that it names. */
function spoken(history: History): History {
  const about = new Map(
    history.flatMap(({ input, output }) => (input.kind === 'grant' ? [[output.id, input.organization] as const] : [])),
  );
  return history.map((each) => {
    const { input, output } = each;
    const speaks = input.kind !== 'check' || about.get(output.id) === input.organization;
    return speaks ? each : { ...each, output: { ...output, id: '' } };
  });
}

async function recorded(stage: Stage, input: Input, call: () => Promise<Output>): Promise<Output> {
  const called = performance.now();
  const output = await call();
  stage.history.push({ input, output, called, returned: performance.now() });
  return output;
}

async function ask({ patient, clinicians: all }: Stage, organization: Organization): Promise<Output> {
  const { consent, token } = all[organization];
  const asked = { patients: [patient], action: 'access', purposeOfUse: 'TREAT', decideEach: true, resources: [facts] };
  const { decisions } = await consent.check(asked, { token });
  const { basis, permits } = decisions[0]!;
  // what an emergency adds comes first, what was asked last
  const consents = basis.map((each) => /^Consent\/([^/]+)/.exec(each)?.[1]);
  return { id: consents.findLast((id) => id !== undefined) ?? '', permit: permits[0]! };
}

async function check(stage: Stage, organization: Organization): Promise<void> {
  const input = { kind: 'check', organization, emergency: organization === declaring } as const;
  await recorded(stage, input, () => ask(stage, organization));
}

async function changeConsents(stage: Stage, { consent, token }: Caller, random: Random): Promise<void> {
  const [id] = stage.granted;
  if (id !== undefined && (stage.granted.length > mostConsents || random.chance(0.5))) {
    if (random.chance(0.7)) stage.granted.shift(); // else somebody revokes it a second time
    await recorded(stage, { kind: 'revoke', consent: id }, async () => {
      await consent.revoke({ consent: id }, { token });
      return { id };
    });
    return;
  }
  const [organization, deny] = [random.pick([asking, declaring]), random.chance(0.3)];
  const { id: granted } = await recorded(stage, { kind: 'grant', organization, deny }, async () => {
    const receipt = await consent.grant({ grantee: { organization }, deny }, { token });
    return { id: receipt.consent };
  });
  stage.granted.push(granted);
}

async function changeEmergency(stage: Stage, random: Random): Promise<void> {
  const { consent, token } = stage.clinicians[declaring];
  const declaration = stage.declared.at(-1);
  if (declaration !== undefined && random.chance(0.5)) {
    await recorded(stage, { kind: 'end', declaration }, async () => {
      const { id } = await consent.endBreakGlass({ id: declaration }, { token });
      return { id };
    });
    return;
  }
  const declare = { patient: stage.patient, reason, reasonText: 'Unconscious after an accident.' };
  const { id } = await recorded(stage, { kind: 'declare' }, async () => {
    const { id: declared } = await consent.declareBreakGlass(declare, { token });
    return { id: declared };
  });
  stage.declared.push(id);
}
