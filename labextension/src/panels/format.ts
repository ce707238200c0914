/** Numbers and times as people read them. */

import { T } from "./strings";
import type { Tokens } from "./types";

const NANO = 1e9;

export function money(nano: number | null | undefined): string {
  if (nano === null || nano === undefined) return T.unknown;
  if (nano === 0) return "$0.00";
  const value = nano / NANO;
  return Math.abs(value) >= 0.1 ? `$${value.toFixed(2)}` : `$${value.toFixed(4)}`;
}

export function count(value: number | undefined): string {
  return (value ?? 0).toLocaleString("en-US");
}

export function tokensTotal(tokens: Tokens | undefined): number {
  return (tokens?.input ?? 0) + (tokens?.output ?? 0);
}

export function duration(seconds: number | undefined): string {
  const value = Math.max(0, seconds ?? 0);
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} min`;
}

/** An age without decimals, so that it does not flicker. */
export function age(seconds: number): string {
  const value = Math.max(0, Math.floor(seconds));
  if (value < 60) return `${value} s`;
  if (value < 3600) return `${Math.floor(value / 60)} min`;
  return `${Math.floor(value / 3600)} h`;
}

export function clock(time: number): string {
  const date = new Date(time * 1000);
  return Number.isNaN(date.getTime()) || !time ? "" : date.toLocaleTimeString([], { hour12: false });
}

export function initials(name: string): string {
  const parts = name.split(/[\s\-_]+/).filter(Boolean);
  return ((parts[0]?.[0] ?? "?") + (parts[1]?.[0] ?? parts[0]?.[1] ?? "")).toUpperCase();
}
