import { createContext } from 'react';
import { useRemembered } from '../../lib/remembered';

/** Who reads the Guide: the language of their code, or none. Kept in this browser, so that each page opens with it. */
export const LANGUAGES = ['node', 'python', 'php', 'ruby', 'go', 'java', 'csharp', 'none'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whether a page shows all languages at once: as text for programs it has no tabs. */
export const AllLanguages = createContext(false);

export const useLanguage = () => useRemembered('bpoc-guide-language', LANGUAGES);
