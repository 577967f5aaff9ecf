import { EventType, CountField, IdField, UrlField } from './event-type.js';

/** Fires once per recording, after processing. */
@EventType({
  type: 'video.recording.ready',
  title: 'Recording ready',
  sentWhen: 'Sent when the recording of an interview is processed and can be watched.',
  version: 1,
  sentence: ({ who, isNamed, ofJob }) => [
    ...(isNamed ? ['The interview recording of '] : []),
    who,
    ' is ready',
    ...ofJob,
  ],
})
export class VideoRecordingReady {
  @IdField('recording', 'The recording', 'uuid-rec')
  recordingId: string;

  @IdField('interview', 'The interview', 'uuid-abc')
  interviewId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @UrlField('Where to watch it', 'https://bpoc.example.com/recordings/uuid-rec')
  recordingUrl: string;

  @CountField('How long it is, in seconds', 1830)
  durationSeconds: number;
}
