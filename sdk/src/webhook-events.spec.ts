import { afterEach, beforeEach, expect, it } from '@jest/globals';
import * as sdk from './main.js';

let bodies: Record<string, unknown>[] = [];

beforeEach(() => {
  bodies = [];
  sdk.configureWebhooks({
    url: 'http://server.example',
    token: 't',
    fetch: async (_url, init) => {
      bodies.push(JSON.parse(init?.body as string) as Record<string, unknown>);
      return new Response('{"id":"e","deliveries":0}', { status: 202 });
    },
  });
});

afterEach(() => sdk.configureWebhooks({}));

const time = '2026-01-22T10:30:00Z';
const ids = { applicationId: 'a', candidateId: 'c', agencyId: 'agency' };

it('has one helper for each of the ten events, and each sends its own type', async () => {
  await sdk.webhookApplicationCreated({
    ...ids,
    jobId: 'j',
    candidateName: 'n',
    candidateEmail: 'e@x.example',
    jobTitle: 't',
  });
  await sdk.webhookApplicationStatusChanged({ ...ids, jobId: 'j', oldStatus: 'applied', newStatus: 'shortlisted' });
  const interview = { ...ids, interviewId: 'i', interviewType: 'client_round_1' };
  await sdk.webhookInterviewScheduled({ ...interview, scheduledAt: time, meetingLink: 'https://meet.example/1' });
  await sdk.webhookInterviewCompleted({ ...interview, completedAt: time, outcome: 'passed' });
  await sdk.webhookOfferSent({ ...ids, offerId: 'o', sentAt: time });
  await sdk.webhookOfferAccepted({ ...ids, offerId: 'o', acceptedAt: time });
  await sdk.webhookOfferRejected({ ...ids, offerId: 'o', rejectedAt: time });
  const recording = { ...ids, recordingId: 'r', interviewId: 'i' };
  await sdk.webhookVideoRecordingReady({ ...recording, recordingUrl: 'https://video.example/r', durationSeconds: 61 });
  await sdk.webhookVideoTranscriptCompleted({
    ...recording,
    transcriptId: 't',
    transcriptUrl: 'https://video.example/t',
  });
  await sdk.webhookPlacementCreated({ ...ids, placementId: 'p', jobId: 'j', startDate: '2026-02-01' });

  expect(bodies.map((body) => body['type'])).toEqual([
    'application.created',
    'application.status_changed',
    'interview.scheduled',
    'interview.completed',
    'offer.sent',
    'offer.accepted',
    'offer.rejected',
    'video.recording.ready',
    'video.transcript.completed',
    'placement.created',
  ]);
  expect(Object.keys(sdk).filter((name) => name.startsWith('webhook'))).toHaveLength(10);
  for (const body of bodies) {
    expect(body).toMatchObject({ agencyId: 'agency', data: { applicationId: 'a', candidateId: 'c' } });
    expect(body['data']).not.toHaveProperty('agencyId');
    expect(body['data']).not.toHaveProperty('id');
  }
});
