/** The people and organisations of the demo world who are not patients. All invented. */
export interface DemoOrganization {
  id: string;
  name: string;
  city: string;
  /** ZIP codes of Massachusetts, where its patients live. */
  postcodes: readonly string[];
}

export interface DemoStaff {
  login: string;
  name: string;
  role: 'practitioner' | 'privacy-officer' | 'researcher' | 'administrator';
  organization: string;
}

/** Every demo account has this password; demo accounts cannot log in with NODE_ENV=production. */
export const demoPassword = 'healthchain-demo';

export const demoOrganizations: readonly DemoOrganization[] = [
  { id: 'northgate', name: 'Northgate Hospital', city: 'Northgate', postcodes: ['01040', '01060'] },
  { id: 'lindenhof', name: 'Lindenhof Clinic', city: 'Lindenhof', postcodes: ['02108', '02138'] },
  { id: 'harbour', name: 'Harbour General Hospital', city: 'Port Harbour', postcodes: ['01545', '01605'] },
];

export const demoStaff: readonly DemoStaff[] = [
  { login: 'dr.adler', name: 'Ines Adler', role: 'practitioner', organization: 'northgate' },
  { login: 'dr.bloom', name: 'Samuel Bloom', role: 'practitioner', organization: 'northgate' },
  { login: 'dr.chen', name: 'Lian Chen', role: 'practitioner', organization: 'lindenhof' },
  { login: 'dr.dorn', name: 'Jakob Dorn', role: 'practitioner', organization: 'lindenhof' },
  { login: 'dr.evans', name: 'Carys Evans', role: 'practitioner', organization: 'harbour' },
  { login: 'nurse.fox', name: 'Mila Fox', role: 'practitioner', organization: 'harbour' },
  { login: 'privacy.gray', name: 'Noor Gray', role: 'privacy-officer', organization: 'harbour' },
  { login: 'research.hale', name: 'Tomas Hale', role: 'researcher', organization: 'northgate' },
  { login: 'admin', name: 'Platform Administrator', role: 'administrator', organization: 'northgate' },
];

/** The clinician who files a hospital's records in the demo world. */
export function filingClinician(organization: string): DemoStaff {
  return demoStaff.find((person) => person.role === 'practitioner' && person.organization === organization)!;
}
