import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../test/samples';
import { covers, describeSelection, groupState, toggleEverything, toggleGroup, toggleType } from './event-selection';

const APPLICATIONS = ['application.created', 'application.status_changed'];

describe('choosing events', () => {
  it('selects a group by its wildcard, so that future event types are included', () => {
    expect(toggleGroup([], 'application.*', catalogue).selection).toEqual(['application.*']);
    expect(toggleGroup(['application.created'], 'application.*', catalogue).selection).toEqual(['application.*']);
  });

  it('turns a group into a plain list when one type is removed, and says so', () => {
    const change = toggleType(['application.*', 'offer.sent'], 'application.created', catalogue);
    expect(change.selection).toEqual(['offer.sent', 'application.status_changed']);
    expect(change.narrowed).toBe('application.*');
  });

  it('does not count a group as complete if its types were ticked one by one', () => {
    expect(groupState(APPLICATIONS, 'application.*', APPLICATIONS)).toBe('some');
    expect(groupState(['application.*'], 'application.*', APPLICATIONS)).toBe('all_and_future');
    expect(groupState(['*'], 'application.*', APPLICATIONS)).toBe('all_and_future');
    expect(groupState(['offer.sent'], 'application.*', APPLICATIONS)).toBe('none');
  });

  it('opens "everything" into all groups when one type is taken out', () => {
    const change = toggleType(['*'], 'offer.sent', catalogue);
    expect(change.selection).toEqual(['application.*']);
    expect(toggleEverything(['offer.sent']).selection).toEqual(['*']);
  });

  it('covers any depth below a group and nothing beside it', () => {
    expect(covers('video.*', 'video.recording.ready')).toBe(true);
    expect(covers('video.*', 'videos.recording')).toBe(false);
  });

  it('describes the selection in words', () => {
    expect(describeSelection(['*'], catalogue)).toBe('everything');
    expect(describeSelection(['application.*', 'offer.sent'], catalogue)).toBe('all application events and Offer sent');
    expect(describeSelection([], catalogue)).toBe('nothing');
  });
});
