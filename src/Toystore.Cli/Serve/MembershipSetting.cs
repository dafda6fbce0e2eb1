using System.Globalization;
using Toystore.Node;

namespace Toystore.Cli.Serve;

/// <summary>A setting of membership: a flag, a variable, and a property of the file, as all others.</summary>
/// <param name="Name">As in <see cref="SettingNames"/>.</param>
/// <param name="Option">The property of <see cref="MembershipOptions"/>.</param>
/// <param name="Form">What is to be written.</param>
/// <param name="Description">For <c>--help</c>.</param>
/// <param name="TrySet">Takes it over; false if that is not its form. Its range is checked later, together with the others.</param>
internal sealed record MembershipSetting(string Name, string Option, string Form, string Description, Func<MembershipOptions, string, bool> TrySet)
{
    private const string Time = "DURATION";
    private const string Count = "NUMBER";

    /// <summary>All there are. Defaults are given as local / lan / wan.</summary>
    public static readonly IReadOnlyList<MembershipSetting> All =
    [
        new("probe-interval", nameof(MembershipOptions.ProbeInterval), Time, "How often a member is probed. [default: 1s / 1s / 5s]", (options, text) => TakeTime(text, time => options.ProbeInterval = time)),
        new("probe-timeout", nameof(MembershipOptions.ProbeTimeout), Time, "How long its answer may take; at most a third of the interval. [default: 200ms / 300ms / 1.5s]", (options, text) => TakeTime(text, time => options.ProbeTimeout = time)),
        new("probe-helpers", nameof(MembershipOptions.Helpers), Count, "Members asked to try where one does not answer, 0 to 8. [default: 1 / 3 / 3]", (options, text) => TakeCount(text, count => options.Helpers = count)),
        new("suspicion-factor", nameof(MembershipOptions.SuspicionFactor), Count, "The shortest suspicion, in probe intervals and per power of ten of members, 1 to 20. [default: 3 / 4 / 6]", (options, text) => TakeNumber(text, number => options.SuspicionFactor = number)),
        new("suspicion-max-factor", nameof(MembershipOptions.SuspicionMaxFactor), Count, "The longest suspicion, in shortest ones, 1 to 20. [default: 6]", (options, text) => TakeNumber(text, number => options.SuspicionMaxFactor = number)),
        new("suspicion-confirmations", nameof(MembershipOptions.Confirmations), Count, "Further accusers that make it the shortest, 0 to 8. [default: 3]", (options, text) => TakeCount(text, count => options.Confirmations = count)),
        new("local-health-max", nameof(MembershipOptions.LocalHealthMax), Count, "By how much a node that doubts itself slows down, 0 to 20. [default: 8]", (options, text) => TakeCount(text, count => options.LocalHealthMax = count)),
        new("gossip-interval", nameof(MembershipOptions.GossipInterval), Time, "How often rumours are told; at most the probe interval. [default: 100ms / 200ms / 500ms]", (options, text) => TakeTime(text, time => options.GossipInterval = time)),
        new("gossip-targets", nameof(MembershipOptions.GossipTargets), Count, "To how many members each time, 1 to 16. [default: 3 / 3 / 4]", (options, text) => TakeCount(text, count => options.GossipTargets = count)),
        new("gossip-retransmits", nameof(MembershipOptions.Retransmits), Count, "How often each tells a rumour, per power of ten of members, 1 to 20. [default: 2 / 4 / 4]", (options, text) => TakeCount(text, count => options.Retransmits = count)),
        new("gossip-to-the-dead", nameof(MembershipOptions.GossipToTheDead), Time, "For how long who is held dead is told so. [default: 15s / 30s / 60s]", (options, text) => TakeTime(text, time => options.GossipToTheDead = time)),
        new("gossip-packet-limit", nameof(MembershipOptions.PacketBytesMax), "BYTES", "The longest packet of gossip, 1200 to 65507. [default: 1400]", (options, text) => TakeCount(text, count => options.PacketBytesMax = count)),
        new("push-pull-interval", nameof(MembershipOptions.PushPullInterval), Time, "How often two members compare all they know. [default: 15s / 30s / 60s]", (options, text) => TakeTime(text, time => options.PushPullInterval = time)),
        new("heal-interval", nameof(MembershipOptions.HealInterval), Time, "How often the dead are tried again. [default: 5s]", (options, text) => TakeTime(text, time => options.HealInterval = time)),
    ];

    /// <summary>Its property in the file: <c>probeInterval</c>.</summary>
    public string Property => string.Concat(Name.Split('-').Select((word, place) => place == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>What is wrong with how it is written.</summary>
    public string Malformed(Setting setting) => $"{setting.Origin} is '{setting.Text}': it is {(Form == Time ? "a length of time like 250ms, 2s or 1m" : "a number")}.";

    private static bool TakeTime(string text, Action<TimeSpan> take)
    {
        var time = TimeSpan.Zero;
        if (text is not ("0" or "0s" or "0ms") && !Durations.TryParse(text, out time))
        {
            return false;
        }

        take(time);
        return true;
    }

    private static bool TakeCount(string text, Action<int> take)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        take(count);
        return true;
    }

    private static bool TakeNumber(string text, Action<double> take)
    {
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        take(number);
        return true;
    }
}
