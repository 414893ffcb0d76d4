/** Code systems and codes that the rules understand; HL7 v3 as FHIR R4 (4.0.1) publishes it. */
const terminology = 'http://terminology.hl7.org/CodeSystem';
export const actReason = `${terminology}/v3-ActReason`;
export const actCode = `${terminology}/v3-ActCode`;
export const confidentiality = `${terminology}/v3-Confidentiality`;
export const consentAction = `${terminology}/consentaction`;
export const participationType = `${terminology}/v3-ParticipationType`;
export const resourceTypeSystem = 'http://hl7.org/fhir/resource-types';
/** Our roles of people and systems, as tokens carry them. */
export const roleSystem = 'urn:healthchain:role';
export const roles: readonly string[] = [
  'patient',
  'practitioner',
  'privacy-officer',
  'researcher',
  'administrator',
  'system',
];

/** Systems whose labels say something else than how sensitive the content is: handling, integrity, test data. */
export const notSensitivity: readonly string[] = [actReason, `${terminology}/v3-ObservationValue`];

export const actions: readonly string[] = ['access', 'collect', 'correct', 'disclose', 'use'];
/** Actions that a right to read covers. */
export const isReading = (action: string): boolean => ['access', 'collect', 'use'].includes(action);
/** v3 ParticipationType: (primary) information recipient. */
export const recipients: readonly string[] = ['IRCP', 'PRCP'];

/** v3 PurposeOfUse: each code under its broader one. */
const purposeTree: Record<string, string> = {
  '': 'HMARKT HOPERAT HPAYMT HRESCH PATRQT PUBHLTH TREAT',
  HOPERAT:
    'CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN ' +
    'MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN',
  HSYSADMIN: 'LABELING METAMGT',
  SYSDEV: 'HTEST',
  HPAYMT: 'CLMATTCH COVAUTH COVERAGE REMITADV',
  COVERAGE: 'ELIGDTRM ELIGVER ENROLLM MILDCRG',
  HRESCH: 'BIORCH CLINTRCH DSRCH POARCH TRANSRCH',
  CLINTRCH: 'CLINTRCHNPC CLINTRCHPC PRECLINTRCH',
  PATRQT: 'FAMRQT PWATRNY SUPNWK',
  PUBHLTH: 'DISASTER THREAT',
  TREAT: 'CLINTRL COC ETREAT POPHLTH',
  ETREAT: 'BTG ERTREAT',
};
/** v3 InformationSensitivityPolicy: each code under its broader one. */
const sensitivityTree: Record<string, string> = {
  '':
    'ETH GDIS HIV MST SCA SDV SEX SPI STD TBOO VIO SICKLE DEMO DOB GENDER LIVARG MARST RACE REL B EMPL LOCIS SSP ADOL ' +
    'CEL DIA DRGIS EMP PDS PHY PRS',
  // PCF counts the two use disorders under ETH, v3 under SUD
  ETH: 'ETHUD OPIOIDUD SUD',
  SPI: 'BH MH PSY PSYTHPN SUD',
  BH: 'COGN DVD EMOTDIS',
  SUD: 'ETHUD OPIOIDUD',
};

/** Whether v3 PurposeOfUse has the code. */
export const isPurpose = member(purposeTree);
/** Whether v3 InformationSensitivityPolicy has the code. */
export const isSensitivityCode = member(sensitivityTree);
/** The codes under this one, at any depth, and the code itself. */
export const narrowerSensitivities = (code: string): string[] => [...below(sensitivityTree, code)];

const research = below(purposeTree, 'HRESCH');
/** Research: permitted only by a consent that names exactly this purpose. */
export const isResearch = (purpose: string): boolean => research.has(purpose);

/** What a dissent for a purpose covers: the narrower ones too, but not break-glass, which it must name or cover with all. */
export const coveredByDissent = (purpose: string): string[] =>
  [...below(purposeTree, purpose)].filter((code) => code === purpose || code !== 'BTG');

/** Purposes that name one registered study, by its id. */
const studySystem = 'urn:healthchain:study';
/** A study as consents name it among their purposes. */
export const studyPurpose = (id: string): string => `${studySystem}|${id}`;
export const isStudyPurpose = (purpose: string): boolean => /^urn:healthchain:study\|[0-9a-f-]{36}$/.test(purpose);

/** The purpose that a declared emergency opens. */
export const breakGlass = 'BTG';
const treatment: readonly string[] = ['TREAT', 'ETREAT', breakGlass];
const clinical: readonly string[] = ['practitioner', 'system'];
/** Whether a clinician, or a system for clinicians, asks in order to treat. */
export const isCare = ({ purpose, actor }: { purpose: string; actor: { role: string } }): boolean =>
  treatment.includes(purpose) && clinical.includes(actor.role);

/** FHIR R4 resource types that can hold data of a patient, and those that such data refers to. */
export const isResourceType = member({
  '':
    'Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary ' +
    'BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ' +
    'ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest ' +
    'CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest ' +
    'CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement ' +
    'DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest ' +
    'EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit ' +
    'FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization ' +
    'ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List ' +
    'Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge ' +
    'MedicationRequest MedicationStatement MedicinalProduct MessageDefinition MessageHeader MolecularSequence ' +
    'NamingSystem NutritionOrder Observation ObservationDefinition OperationDefinition OperationOutcome Organization ' +
    'OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner ' +
    'PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ' +
    'ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis ' +
    'Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap ' +
    'Subscription Substance SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport ' +
    'TestScript ValueSet VerificationResult VisionPrescription',
});

function member(tree: Record<string, string>): (code: string) => boolean {
  const codes = below(tree, '');
  codes.delete('');
  return (code) => codes.has(code);
}

function below(tree: Record<string, string>, code: string): Set<string> {
  const found = new Set([code]);
  for (const next of found) if (Object.hasOwn(tree, next)) for (const each of tree[next]!.split(' ')) found.add(each);
  return found;
}
