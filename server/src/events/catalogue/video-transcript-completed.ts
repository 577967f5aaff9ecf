import { EventType, IdField, UrlField } from './event-type.js';

/** Fires once per transcript, when the text is stored. */
@EventType({
  type: 'video.transcript.completed',
  title: 'Transcript ready',
  sentWhen: 'Sent when the transcript of a recording is ready.',
  version: 1,
  sentence: ({ who, isNamed, ofJob }) => [
    ...(isNamed ? ['The interview transcript of '] : []),
    who,
    ' is ready',
    ...ofJob,
  ],
})
export class VideoTranscriptCompleted {
  @IdField('transcript', 'The transcript', 'uuid-tra')
  transcriptId: string;

  @IdField('recording', 'The recording', 'uuid-rec')
  recordingId: string;

  @IdField('interview', 'The interview', 'uuid-abc')
  interviewId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @UrlField('Where to read it', 'https://bpoc.example.com/transcripts/uuid-tra')
  transcriptUrl: string;
}
