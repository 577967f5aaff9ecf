import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { eventTypesQuery } from '../api/event-types';
import { isStatus } from '../api/problem';
import { meQuery } from '../api/session';
import { webhooksQuery } from '../api/webhooks';
import { NotFoundScreen } from './not-found-screen';
import { ErrorScreen } from './error-screen';
import { Shell } from './shell';
import {
  readAddWebhookSearch,
  readAuditSearch,
  readDeliverySearch,
  readEventSearch,
  readSignedInSearch,
  readSignInSearch,
} from './search';

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: ErrorScreen,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  component: lazyRouteComponent(() => import('../features/session/sign-in-page'), 'SignInPage'),
});

const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite',
  component: lazyRouteComponent(() => import('../features/session/invite-page'), 'InvitePage'),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('../features/session/forgot-password-page'), 'ForgotPasswordPage'),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('../features/session/reset-password-page'), 'ResetPasswordPage'),
});

const sharedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/shared',
  component: lazyRouteComponent(() => import('./shared-screen'), 'SharedScreen'),
});

/** Everything that requires a session. `?delivery=<id>` opens the delivery beside any screen. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  validateSearch: readSignedInSearch,
  component: Shell,
  errorComponent: ErrorScreen,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (isStatus(error, 401)) throw redirect({ to: '/sign-in', search: nextSearch(location.href), replace: true });
      throw error;
    }
  },
});

function nextSearch(href: string): { next?: string } {
  return href === '/' || href === HOME ? {} : { next: href };
}

const HOME = '/recruiter/api/webhooks';

const indexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: HOME, replace: true });
  },
});

/** Every address without a screen. */
const notFoundRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '$',
  component: NotFoundScreen,
});

const apiRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/recruiter/api',
});

const apiIndexRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: HOME, replace: true });
  },
});

const webhooksRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'webhooks',
});

const webhookListRoute = createRoute({
  getParentRoute: () => webhooksRoute,
  id: 'list',
  component: lazyRouteComponent(() => import('../features/webhooks/webhooks-page'), 'WebhooksPage'),
  // Requested while the screen's code loads; not awaited, so that the screen shows its own loading state.
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(webhooksQuery);
    void context.queryClient.prefetchQuery(eventTypesQuery);
  },
});

const webhookIndexRoute = createRoute({ getParentRoute: () => webhookListRoute, path: '/' });

const addWebhookRoute = createRoute({
  getParentRoute: () => webhookListRoute,
  path: 'new',
  validateSearch: readAddWebhookSearch,
  component: lazyRouteComponent(() => import('../features/webhooks/add/add-webhook-dialog'), 'AddWebhookDialog'),
});

const webhookRoute = createRoute({
  getParentRoute: () => webhooksRoute,
  path: '$id',
  component: lazyRouteComponent(() => import('../features/webhooks/one/webhook-page'), 'WebhookPage'),
});

const webhookActivityRoute = createRoute({
  getParentRoute: () => webhookRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./webhook-activity-screen'), 'WebhookActivityScreen'),
});

const webhookSettingsRoute = createRoute({
  getParentRoute: () => webhookRoute,
  path: 'settings',
  component: lazyRouteComponent(() => import('../features/webhooks/settings/settings-tab'), 'SettingsTab'),
});

const webhookInboxRoute = createRoute({
  getParentRoute: () => webhookRoute,
  path: 'inbox',
  component: lazyRouteComponent(() => import('../features/webhooks/inbox/inbox-tab'), 'InboxTab'),
});

const deliveriesRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'deliveries',
  validateSearch: readDeliverySearch,
  component: lazyRouteComponent(() => import('../features/deliveries/deliveries-page'), 'DeliveriesPage'),
});

const deliveryRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'deliveries/$id',
  component: lazyRouteComponent(() => import('../features/deliveries/one/delivery-page'), 'DeliveryPage'),
});

const eventsRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'events',
  validateSearch: readEventSearch,
  component: lazyRouteComponent(() => import('../features/deliveries/events/events-page'), 'EventsPage'),
});

const keysRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'keys',
  component: lazyRouteComponent(() => import('../features/access/keys/keys-page'), 'KeysPage'),
});

const signInCodeRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'sign-in-code',
  component: lazyRouteComponent(() => import('../features/access/keys/sign-in-code-page'), 'SignInCodePage'),
});

const membersRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'members',
  component: lazyRouteComponent(() => import('../features/access/members/members-page'), 'MembersPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../features/access/audit/audit-page'), 'AuditPage'),
});

const accountRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'account',
  component: lazyRouteComponent(() => import('../features/access/account/account-page'), 'AccountPage'),
});

const guideRoute = createRoute({
  getParentRoute: () => apiRoute,
  path: 'guide',
  component: lazyRouteComponent(() => import('../features/guide/guide-page'), 'GuidePage'),
});

const guideStartRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../features/guide/start-section'), 'StartSection'),
});

const guideToolsRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'tools',
  component: lazyRouteComponent(() => import('../features/guide/tools-section'), 'ToolsSection'),
});

const guideEventsRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'events',
  component: lazyRouteComponent(() => import('../features/guide/events-section'), 'EventsSection'),
});

const guideEventRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'events/$type',
  component: lazyRouteComponent(() => import('./guide-event-screen'), 'GuideEventScreen'),
});

const guideVerifyRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'verify',
  component: lazyRouteComponent(() => import('../features/guide/verify-section'), 'VerifySection'),
});

const guideCheckerRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'checker',
  component: lazyRouteComponent(() => import('../features/guide/checker-section'), 'CheckerSection'),
});

const guideTriesRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'tries',
  component: lazyRouteComponent(() => import('../features/guide/tries-section'), 'TriesSection'),
});

const guideLimitsRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'limits',
  component: lazyRouteComponent(() => import('../features/guide/limits-section'), 'LimitsSection'),
});

const guideProblemsRoute = createRoute({
  getParentRoute: () => guideRoute,
  path: 'problems',
  component: lazyRouteComponent(() => import('../features/guide/problems-section'), 'ProblemsSection'),
});

export const routeTree = rootRoute.addChildren([
  signInRoute,
  inviteRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  sharedRoute,
  signedInRoute.addChildren([
    indexRoute,
    notFoundRoute,
    apiRoute.addChildren([
      apiIndexRoute,
      webhooksRoute.addChildren([
        webhookListRoute.addChildren([webhookIndexRoute, addWebhookRoute]),
        webhookRoute.addChildren([webhookActivityRoute, webhookSettingsRoute, webhookInboxRoute]),
      ]),
      deliveriesRoute,
      deliveryRoute,
      eventsRoute,
      keysRoute,
      signInCodeRoute,
      membersRoute,
      auditRoute,
      accountRoute,
      guideRoute.addChildren([
        guideStartRoute,
        guideToolsRoute,
        guideEventsRoute,
        guideEventRoute,
        guideVerifyRoute,
        guideCheckerRoute,
        guideTriesRoute,
        guideLimitsRoute,
        guideProblemsRoute,
      ]),
    ]),
  ]),
]);
