import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { IconOut } from '../../ui/icons';
import { Strip } from '../../ui/strip';
import css from './guide.module.css';

const SECTIONS = [
  { to: '/recruiter/api/guide', label: 'Start here', exact: true },
  { to: '/recruiter/api/guide/tools', label: 'Slack, sheets and email', exact: false },
  { to: '/recruiter/api/guide/events', label: 'Events', exact: false },
  { to: '/recruiter/api/guide/verify', label: 'Check the signature', exact: false },
  { to: '/recruiter/api/guide/checker', label: 'Signature checker', exact: false },
  { to: '/recruiter/api/guide/tries', label: 'Tries and timing', exact: false },
  { to: '/recruiter/api/guide/limits', label: 'Addresses and limits', exact: false },
  { to: '/recruiter/api/guide/problems', label: 'Common problems', exact: false },
] as const;

/** Contents on the left, one section on the right. Only the event catalogue needs the server. */
export function GuidePage() {
  const path = useLocation({ select: ({ pathname }) => pathname });
  return (
    <div className={css.guide}>
      <nav className={css.contents} aria-label="Guide">
        <p className={css.contentsTitle}>Guide</p>
        <Strip as="ul" className={css.links} current={path}>
          {SECTIONS.map((section) => (
            <li key={section.to}>
              <Link to={section.to} activeOptions={{ exact: section.exact, includeSearch: false }} className={css.link}>
                {section.label}
              </Link>
            </li>
          ))}
          <li>
            <a href="/api/docs" className={css.link} target="_blank" rel="noreferrer">
              API reference <IconOut size={14} />
            </a>
          </li>
          <li>
            <a href="/llms.txt" className={css.link} target="_blank" rel="noreferrer">
              As Markdown <IconOut size={14} />
            </a>
          </li>
        </Strip>
      </nav>
      <div className={css.section}>
        <Outlet />
      </div>
    </div>
  );
}
