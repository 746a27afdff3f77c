using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>
/// The table of states, transitions and timers is what the session does. That no session leaves it is checked by each test here in which one changes
/// its state, the soak's included: the session itself asks the table.
/// </summary>
public sealed class SessionStatesTests
{
    /// <summary>In every test of this assembly.</summary>
    [ModuleInitializer]
    internal static void RequireStates() => SessionStates.AreRequired = true;

    [Fact]
    public void Every_timer_of_the_session_is_in_the_table_with_its_length()
    {
        Type[] parts = typeof(Session).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(f => f.FieldType).Where(t => t.Namespace == typeof(Session).Namespace)
            .Append(typeof(Session)).Append(typeof(RekeyExchange)).Distinct().ToArray();
        List<FieldInfo> timers = parts.SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)).Where(f => f.IsLiteral && f.FieldType == typeof(long)).ToList();
        Assert.All(timers, f => Assert.True(
            SessionStates.Length(f.Name) == Convert.ToInt64(f.GetRawConstantValue()), $"{f.Name}: {f.GetRawConstantValue()}, in the table {SessionStates.Length(f.Name)}"));
        Assert.Equal(SessionStates.Timers, timers.Count);
    }

    [Fact]
    public void Every_state_but_the_first_is_reached_and_every_one_but_the_last_is_left()
    {
        SessionState[] states = Enum.GetValues<SessionState>();
        Assert.All(states.Skip(1), to => Assert.Contains(states, from => from != to && SessionStates.Allows(from, to)));
        Assert.All(states, from => Assert.Equal(from != SessionState.Ended, states.Any(to => from != to && SessionStates.Allows(from, to))));
        Assert.All(states, state => Assert.True(SessionStates.Allows(state, SessionState.Ended)));
    }

    [Fact]
    public void A_change_of_state_that_is_not_in_the_table_is_noticed()
    {
        Assert.True(SessionStates.AreRequired);
        World world = new(95);
        world.StartServer();
        Link link = world.Connect();
        MethodInfo set = typeof(Session).GetProperty(nameof(Session.State))!.GetSetMethod(nonPublic: true)!;
        TargetInvocationException refused = Assert.Throws<TargetInvocationException>(() => set.Invoke(link.Near, new object[] { SessionState.Closed }));
        Assert.IsType<InvalidOperationException>(refused.InnerException);
        Assert.Equal(SessionState.Established, link.Near.State);
    }

    /// <summary>Section 22 of PROTOCOL.md is what the table says; where it is not, the message has the text to put there.</summary>
    [Fact]
    public void The_protocols_diagram_is_made_of_the_table()
    {
        string document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PROTOCOL.md"));
        Assert.True(document.Contains(SessionStates.Describe()), SessionStates.Describe());
    }
}
