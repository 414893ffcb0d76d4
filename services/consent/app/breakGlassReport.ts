import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type OrganizationReport, reportOf } from '../domain/breakGlassReport.ts';
import { actorOf, type Caller } from './caller.ts';
import { type Directory, namesOf } from './directory.ts';
import type { PatientStreams } from './streams.ts';
import type { Suspensions } from './suspensions.ts';
import { currentUnlessErased, type Whereabouts } from './views.ts';

export interface SuspendedReport extends OrganizationReport {
  /** What people call those of the clinicians whom identity knows. */
  names: Record<string, string>;
  /** Clinicians among them whose break-glass is suspended now. */
  suspended: string[];
}

/**
 * How break-glass is used: of their own organisation for privacy officers and its administrators; of every
 * organisation for administrators of the platform. @param span declared in it, milliseconds since the epoch
 */
export type BreakGlassReport = (caller: Caller, span: { from: number; until: number }) => Promise<SuspendedReport[]>;

interface Parts {
  streams: PatientStreams;
  whereabouts: Whereabouts;
  suspensions: Suspensions;
  directory: Directory;
  clock: Clock;
}

export function breakGlassReport({ streams, whereabouts, suspensions, directory, clock }: Parts): BreakGlassReport {
  async function organizationsFor(caller: Caller): Promise<string[]> {
    const { role, organization } = actorOf(caller);
    const reports = role === 'privacy-officer' || role === 'administrator';
    if (reports && organization) return [organization];
    if (role === 'administrator') return (await directory.organizations()).map(({ id }) => id);
    throw new Failure('forbidden', 'Reports on break-glass are for privacy officers and administrators.');
  }

  async function ofOrganization(organization: string, span: { from: number; until: number }): Promise<SuspendedReport> {
    const declarations = [];
    for await (const { id, patient } of whereabouts.allDeclarationsOf(organization)) {
      const folded = await currentUnlessErased(streams, patient);
      const found = folded?.patient.declarations.get(id);
      if (found && span.from <= found.from && found.from < span.until) declarations.push(found);
    }
    const report = reportOf(organization, declarations, clock.now());
    const clinicians = report.clinicians.map(({ clinician }) => clinician);
    const closed = await Promise.all(clinicians.map((clinician) => suspensions.isSuspended(clinician)));
    const nameOf = await namesOf(directory, clinicians);
    const names = Object.fromEntries(clinicians.map((clinician) => [clinician, nameOf(clinician)]));
    return { ...report, names, suspended: clinicians.filter((_, index) => closed[index]) };
  }

  return async (caller, span) => {
    const organizations = await organizationsFor(caller);
    return Promise.all(organizations.map((each) => ofOrganization(each, span)));
  };
}
