import type { AddressedKind } from '../api/types';
import { toolNames } from '../copy-tools';

/* Destinations of events, in the terms of the tools. */

interface Destination {
  name: string;
  /** The label of the address field. */
  addressLabel: string;
  /** How to get the address, step by step; none for an endpoint. */
  steps: readonly string[];
  /** Matches its addresses. */
  looksLike: RegExp;
}

export const destinations: Record<AddressedKind, Destination> = {
  endpoint: { name: 'Web address', addressLabel: 'Address', steps: [], looksLike: /^$/ },
  slack: {
    name: toolNames.slack,
    addressLabel: 'Address from Slack',
    steps: [
      'Open api.slack.com/apps, create an app and turn on “Incoming Webhooks”.',
      'Press “Add New Webhook to Workspace” and choose the channel.',
      'Copy the address that begins with https://hooks.slack.com/services/.',
    ],
    looksLike: /^https:\/\/hooks\.slack\.com\/services\//,
  },
  teams: {
    name: toolNames.teams,
    addressLabel: 'Address from Teams',
    steps: [
      'Open the menu of the channel and choose “Workflows”.',
      'Choose the template “Send webhook alerts to a channel” and add it.',
      'Copy the address that Teams shows at the end.',
    ],
    looksLike: /^https:\/\/[^/]+\.(logic\.azure\.com|environment\.api\.powerplatform\.com)(:443)?\//,
  },
  google_chat: {
    name: toolNames.google_chat,
    addressLabel: 'Address from Google Chat',
    steps: [
      'Open the menu of the space and choose “Apps & integrations”.',
      'Press “Add webhooks”, name it BPOC and save.',
      'Copy the address that begins with https://chat.googleapis.com/.',
    ],
    looksLike: /^https:\/\/chat\.googleapis\.com\/v1\/spaces\//,
  },
  google_sheets: {
    name: toolNames.google_sheets,
    addressLabel: 'Address of the script',
    steps: [
      'In the sheet, open Extensions → Apps Script, paste our script and change its key.',
      'Press Deploy → New deployment → Web app. Let “Anyone” have access.',
      'Copy the address that ends with /exec, and add ?key= with your key.',
    ],
    looksLike: /^https:\/\/script\.google\.com\/.*\/exec/,
  },
  email: {
    name: toolNames.email,
    addressLabel: 'Email addresses',
    steps: [],
    looksLike: /^[^@\s/]+@[^@\s/]+\.[^@\s/.]+$/,
  },
};

/** As the tiles show them. */
export const KINDS = Object.keys(destinations) as AddressedKind[];

/** The tool that a pasted address belongs to, or null. */
export function kindOfAddress(typed: string): AddressedKind | null {
  return KINDS.find((kind) => destinations[kind].looksLike.test(typed.trim()) && typed.trim() !== '') ?? null;
}

export const nameStyles = {
  full: 'Full names: Maria Santos',
  initials: 'Initials: M. S.',
  none: 'No names: Application A-1047',
} as const;
