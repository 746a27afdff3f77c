using System;

namespace Springtail.Soak;

/// <summary>The invariants, in the words of the README beside this.</summary>
internal static class Invariant
{
    public const string Delivery = "a: a reliable message arrives once and in order, or the application is told that it may not have";
    public const string Nonce = "b: no key and nonce are used twice";
    public const string Once = "c: nothing is accepted twice";
    public const string Spent = "d: keys that are spent are gone";
    public const string Bounded = "e: state stays under its bound, and nobody is kept busy";
    public const string Recovery = "f: after the trouble what waits in a session moves within 5 s and three round trips, and a session, or a new one, works within 30 s";
    public const string Path = "h: the path is never lost to one who cannot decrypt";
    public const string Limits = "i: no key is used beyond its limits";
    public const string Sound = "g: no exception leaves the protocol, and no session leaves its table";
}

/// <summary>An invariant that did not hold.</summary>
internal sealed class Violation : Exception
{
    public Violation(string invariant, string what, Exception? cause = null)
        : base($"{what} [{invariant}]", cause)
    {
        Invariant = invariant;
    }

    public string Invariant { get; }
}
