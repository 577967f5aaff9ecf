/** The texts of the alerts card. */
export const alertWords = {
  when:
    'We write when this webhook is paused, one day before we turn it off, when it is off, and when it works again. ' +
    'Tests send no email.',
  emails: 'One address per line.',
  url: 'We can alert your own tools too, with a signed POST to this address.',
  noRecipients: 'Nobody gets an email.',
  byDefault: 'Nobody has set this yet, so your owners get it.',
  hidden: 'see who gets an email',
} as const;
