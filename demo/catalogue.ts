import type { CodeableConcept } from '@medplum/fhirtypes';

const snomed = 'http://snomed.info/sct';
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const loinc = 'http://loinc.org';

const concept = (system: string, code: string, display: string): CodeableConcept => ({
  coding: [{ system, code, display }],
  text: display,
});

/** A vital sign or laboratory value with its LOINC code, UCUM unit and the range of healthy people. */
export interface Measure {
  code: CodeableConcept;
  category: 'vital-signs' | 'laboratory';
  unit: string;
  low: number;
  high: number;
  digits: number;
}

const measure = (
  code: string,
  display: string,
  category: Measure['category'],
  unit: string,
  [low, high]: [number, number],
  digits = 0,
): Measure => ({ code: concept(loinc, code, display), category, unit, low, high, digits });

export const measures = {
  weight: measure('29463-7', 'Body weight', 'vital-signs', 'kg', [52, 96], 1),
  heartRate: measure('8867-4', 'Heart rate', 'vital-signs', '/min', [56, 88]),
  temperature: measure('8310-5', 'Body temperature', 'vital-signs', 'Cel', [36.2, 37.2], 1),
  hba1c: measure('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', 'laboratory', '%', [4.6, 5.6], 1),
  ldl: measure('18262-6', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma', 'laboratory', 'mg/dL', [70, 128]),
  creatinine: measure('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 'laboratory', 'mg/dL', [0.6, 1.2], 2),
  peakFlow: measure(
    '19935-6',
    'Maximum expiratory gas flow Respiratory system airway',
    'vital-signs',
    'L/min',
    [380, 560],
  ),
} as const;

export const bloodPressure = {
  panel: concept(loinc, '85354-9', 'Blood pressure panel with all children optional'),
  systolic: concept(loinc, '8480-6', 'Systolic blood pressure'),
  diastolic: concept(loinc, '8462-4', 'Diastolic blood pressure'),
};

/** A condition with what it usually brings: its medication and the measures that are followed up, shifted by `factor`. */
export interface ConditionProfile {
  code: CodeableConcept;
  medication: CodeableConcept;
  dose: string;
  follow: { measure: keyof typeof measures; factor: number }[];
  /** Share of adults who have it in the demo world. */
  share: number;
  /** Systolic pressure is raised by so much, mm[Hg]. */
  pressure: number;
}

export const conditions: readonly ConditionProfile[] = [
  {
    code: concept(snomed, '59621000', 'Essential hypertension'),
    medication: concept(rxnorm, '314076', 'lisinopril 10 MG Oral Tablet'),
    dose: '1 tablet daily',
    follow: [{ measure: 'creatinine', factor: 1.05 }],
    share: 0.4,
    pressure: 28,
  },
  {
    code: concept(snomed, '44054006', 'Diabetes mellitus type 2'),
    medication: concept(rxnorm, '860975', 'metformin hydrochloride 500 MG Extended Release Oral Tablet'),
    dose: '1 tablet twice daily with meals',
    follow: [{ measure: 'hba1c', factor: 1.45 }],
    share: 0.25,
    pressure: 8,
  },
  {
    code: concept(snomed, '55822004', 'Hyperlipidemia'),
    medication: concept(rxnorm, '617310', 'atorvastatin 20 MG Oral Tablet'),
    dose: '1 tablet at bedtime',
    follow: [{ measure: 'ldl', factor: 1.5 }],
    share: 0.3,
    pressure: 0,
  },
  {
    code: concept(snomed, '195967001', 'Asthma'),
    medication: concept(rxnorm, '745679', '200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler'),
    dose: '2 puffs as needed',
    follow: [{ measure: 'peakFlow', factor: 0.7 }],
    share: 0.15,
    pressure: 0,
  },
  {
    code: concept(snomed, '15777000', 'Prediabetes'),
    medication: concept(rxnorm, '861007', 'metformin hydrochloride 500 MG Oral Tablet'),
    dose: '1 tablet daily',
    follow: [{ measure: 'hba1c', factor: 1.15 }],
    share: 0.2,
    pressure: 4,
  },
];

export const allergies: readonly CodeableConcept[] = [
  concept(snomed, '91936005', 'Allergy to penicillin'),
  concept(snomed, '91935009', 'Allergy to peanut'),
  concept(snomed, '300916003', 'Latex allergy'),
  concept(snomed, '294505008', 'Allergy to amoxicillin'),
];

export const influenzaVaccine = concept(
  'http://hl7.org/fhir/sid/cvx',
  '140',
  'Influenza, seasonal, injectable, preservative free',
);
export const checkUp = concept(snomed, '185349003', 'Encounter for check up');
