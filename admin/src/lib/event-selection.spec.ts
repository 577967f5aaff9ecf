import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../test/samples';
import { covers, describeSelection, groupState, toggleEverything, toggleGroup, toggleType } from './event-selection';

const APPLICATIONS = ['application.created', 'application.status_changed'];

describe('choosing events', () => {
  it('takes a group as its wildcard, so that future kinds of event come along', () => {
    expect(toggleGroup([], 'application.*', catalogue).selection).toEqual(['application.*']);
    expect(toggleGroup(['application.created'], 'application.*', catalogue).selection).toEqual(['application.*']);
  });

  it('turns a group into a plain list when one of it is taken out, and says so', () => {
    const change = toggleType(['application.*', 'offer.sent'], 'application.created', catalogue);
    expect(change.selection).toEqual(['offer.sent', 'application.status_changed']);
    expect(change.narrowed).toBe('application.*');
  });

  it('does not count a group as whole when its types were ticked one by one', () => {
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

  it('says in words what is chosen', () => {
    expect(describeSelection(['*'], catalogue)).toBe('everything');
    expect(describeSelection(['application.*', 'offer.sent'], catalogue)).toBe('all application events and Offer sent');
    expect(describeSelection([], catalogue)).toBe('nothing');
  });
});
