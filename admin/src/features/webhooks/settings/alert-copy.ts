/** What the card of alerts says. */
export const alertWords = {
  when:
    'We write when this webhook is paused, one day before we turn it off, when it is off, and when it works again. ' +
    'Tests send no mail.',
  emails: 'Put each address on its own line.',
  url: 'Your own tools can hear of it too. We post a signed note to this address.',
  noRecipients: 'Nobody gets an email now.',
  byDefault: 'Nobody has changed this yet, so it goes to your owners.',
  hidden: 'see who gets an email',
} as const;
