import type { SWRConfiguration } from "swr";

/** From one try to load what the page shows to the next, while the server is away. */
export const RETRY_MS = 5_000;

/** For SWR, which would wait longer and longer: minutes, after an outage of some. */
export const STEADY_RETRY: Pick<SWRConfiguration, "onErrorRetry"> = {
  onErrorRetry: (_error, _key, _config, revalidate, { retryCount }) => {
    setTimeout(() => void revalidate({ retryCount }), RETRY_MS);
  },
};
