/** The product's logo: an event that returns to its subscriber. */
export function BrandMark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#4263eb" />
      <path
        d="M9 11.500h6.500a3.500 3.500 0 0 1 0 7H13m0 0 2.600-2.600M13 18.500l2.600 2.600"
        fill="none"
        stroke="#fff"
        strokeWidth="2.400"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="22.500" cy="11.500" r="2.200" fill="#fff" />
    </svg>
  );
}
