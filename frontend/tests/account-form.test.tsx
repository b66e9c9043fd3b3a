// @vitest-environment jsdom
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AccountForm } from "@/features/sign-in/AccountForm";
import { signOut } from "@/features/sign-in/actions";
import { replacePage } from "@/features/sign-in/navigation";

vi.mock("@/features/sign-in/navigation", () => ({ replacePage: vi.fn() })); // jsdom can't load another page

interface Sent {
  path: string;
  body: unknown;
}

let sent: Sent[];
let answer: () => Promise<Response>;

beforeEach(() => {
  sent = [];
  answer = () => Promise.resolve(Response.json({}));
  vi.mocked(replacePage).mockClear();
  vi.stubGlobal("fetch", (path: string, init: { body: string }) => {
    sent.push({ path, body: JSON.parse(init.body) as unknown });
    return answer();
  });
});

afterEach(() => { document.body.innerHTML = ""; });

const refuse = (status: number, body: unknown, headers: Record<string, string> = {}) => () =>
  Promise.resolve(Response.json(body, { status, headers }));

async function fill(values: Record<string, string>): Promise<void> {
  const user = userEvent.setup();
  for (const [label, value] of Object.entries(values)) if (value !== "") await user.type(screen.getByLabelText(label), value);
  await user.click(screen.getByRole("button", { name: /Sign in|Create account/ }));
}

const GOOD = { Email: " ann@example.com ", Password: "correct horse" };

describe("signing in", () => {
  it("sends email and password and goes to the tasks", async () => {
    render(<AccountForm newAccount={false} />);
    await fill(GOOD);
    expect(sent).toEqual([{ path: "/api/auth/sign-in/email", body: { email: "ann@example.com", password: "correct horse" } }]);
    await waitFor(() => { expect(replacePage).toHaveBeenCalledWith("/"); });
  });

  it("says that it is at work, and sends once however often the button is pressed", async () => {
    let finish: (response: Response) => void = () => undefined;
    answer = () => new Promise((resolve) => { finish = resolve; });
    render(<AccountForm newAccount={false} />);
    await fill(GOOD);
    const button = screen.getByRole("button", { name: "Signing in…" });
    expect(button).toHaveAttribute("aria-disabled", "true");
    await userEvent.click(button);
    expect(sent).toHaveLength(1);
    finish(Response.json({}));
    await waitFor(() => { expect(replacePage).toHaveBeenCalledTimes(1); });
  });

  it.each([
    [401, { code: "INVALID_EMAIL_OR_PASSWORD" }, {}, /don’t match/],
    [403, { code: "INVALID_ORIGIN" }, {}, /TRUSTED_ORIGINS/],
    [429, { code: "TOO_MANY_ATTEMPTS" }, { "retry-after": "580" }, /Try again in 10 minutes/],
    [429, {}, {}, /Try again in a minute/],
    [503, { error: "sign_in_unavailable", message: "Signing in does not work right now." }, {}, /does not work right now/],
    [500, {}, {}, /not your fault/],
    [502, "<html>", {}, /not your fault/],
  ])("says what a %i %j means", async (status, body, headers, words) => {
    answer = refuse(status, body, headers);
    render(<AccountForm newAccount={false} />);
    await fill(GOOD);
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(screen.getByRole("button", { name: "Sign in" })).toHaveAttribute("aria-disabled", "false");
    expect(screen.getByLabelText("Email")).toHaveValue("ann@example.com"); // nothing to type again
    expect(replacePage).not.toHaveBeenCalled();
  });

  it("says that the server can't be reached", async () => {
    answer = () => Promise.reject(new TypeError("fetch failed"));
    render(<AccountForm newAccount={false} />);
    await fill(GOOD);
    expect(await screen.findByRole("alert")).toHaveTextContent(/can’t be reached/);
  });

  it.each([
    [{ Email: "", Password: "" }, "Email", "Enter your email address."],
    [{ Email: "ann", Password: "x" }, "Email", "That does not look like an email address."],
    [{ Email: "ann@example.com", Password: "" }, "Password", "Enter your password."],
  ])("asks nobody while %j is wrong, and puts the cursor there", async (values, label, words) => {
    render(<AccountForm newAccount={false} />);
    await fill(values);
    expect(sent).toEqual([]);
    const field = screen.getByLabelText(label);
    expect(field).toHaveFocus();
    expect(field).toBeInvalid();
    expect(field).toHaveAccessibleDescription(words);
  });

  it("lets an old, short password in: the rules are for new ones", async () => {
    render(<AccountForm newAccount={false} />);
    await fill({ ...GOOD, Password: "old" });
    expect(sent).toHaveLength(1);
  });
});

describe("making an account", () => {
  it("sends the name too", async () => {
    render(<AccountForm newAccount />);
    await fill({ Name: "Ann", ...GOOD });
    expect(sent[0]).toEqual({ path: "/api/auth/sign-up/email", body: { name: "Ann", email: "ann@example.com", password: "correct horse" } });
  });

  it.each([
    [{ Name: "", ...GOOD }, "Name", "Tell us what to call you."],
    [{ Name: "Ann", ...GOOD, Password: "seven77" }, "Password", "Use at least 8 characters."],
  ])("checks the rules first: %j", async (values, label, words) => {
    render(<AccountForm newAccount />);
    await fill(values);
    expect(sent).toEqual([]);
    expect(screen.getByLabelText(label)).toHaveAccessibleDescription(words);
  });

  it("shows at the email that there is an account already", async () => {
    answer = refuse(422, { code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" });
    render(<AccountForm newAccount />);
    await fill({ Name: "Ann", ...GOOD });
    await waitFor(() => { expect(screen.getByLabelText("Email")).toBeInvalid(); });
    expect(screen.getByLabelText("Email")).toHaveAccessibleDescription(/Sign in instead/);
    expect(screen.getByLabelText("Email")).toHaveFocus();
  });
});

describe("the password", () => {
  it("can be shown and hidden", async () => {
    render(<AccountForm newAccount={false} />);
    const field = screen.getByLabelText("Password");
    expect(field).toHaveAttribute("type", "password");
    await userEvent.click(screen.getByRole("button", { name: "Show password" }));
    expect(field).toHaveAttribute("type", "text");
    await userEvent.click(screen.getByRole("button", { name: "Show password", pressed: true }));
    expect(field).toHaveAttribute("type", "password");
  });

  it.each([
    [false, "current-password"],
    [true, "new-password"],
  ])("is known to password managers (new account: %s)", (newAccount, autocomplete) => {
    const { container } = render(<AccountForm newAccount={newAccount} />);
    expect(screen.getByLabelText("Password")).toHaveAttribute("autocomplete", autocomplete);
    expect(container.querySelector("form")).toHaveAttribute("method", "post"); // never in the address
  });
});

describe("accessibility", () => {
  it.each([false, true])("axe finds nothing, with errors shown too (new account: %s)", async (newAccount) => {
    const { container } = render(<main><h1>Account</h1><AccountForm newAccount={newAccount} /></main>);
    const rules = { "color-contrast": { enabled: false } }; // jsdom paints nothing
    expect((await axe.run(container, { rules })).violations).toEqual([]);
    await fill({ Email: "", Password: "" });
    expect((await axe.run(container, { rules })).violations).toEqual([]);
  });
});

describe("signing out", () => {
  it("ends the session and leaves the page", async () => {
    await signOut();
    expect(sent).toEqual([{ path: "/api/auth/sign-out", body: {} }]);
    expect(replacePage).toHaveBeenCalledWith("/sign-in");
  });

  it("stays and says why where that did not work", async () => {
    answer = refuse(503, { error: "sign_in_unavailable", message: "Not right now." });
    await expect(signOut()).rejects.toThrow("Not right now.");
    expect(replacePage).not.toHaveBeenCalled();
  });
});
