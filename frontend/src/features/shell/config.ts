export interface Config {
  backendUrl: string | null;
  user: { id: string; demo: boolean } | null;
}

/** What the server tells the page about its environment. */
export async function loadConfig(url: string): Promise<Config> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.json()) as Config;
}
