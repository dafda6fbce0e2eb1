using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Toystore.Cli.Status;

/// <summary>Goes on showing the status until it is told to stop: on a terminal a picture that is drawn anew, elsewhere something printed whenever something has changed. Figures that always change do not count for that.</summary>
internal sealed class StatusWatch(Terminal terminal, StatusSource source, TimeSpan interval)
{
    private string _remark = "";

    /// <summary>Runs until it is cancelled, which is its proper end.</summary>
    public async Task RunAsync(bool json, CancellationToken cancellationToken)
    {
        try
        {
            if (json || !terminal.Live)
            {
                await PrintAsync(json, cancellationToken);
            }
            else
            {
                // Live gives the cursor back however this ends.
                await terminal.Tables.Live(new Text("")).Overflow(VerticalOverflow.Ellipsis).StartAsync(live => DrawAsync(live, cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As it should.
        }
    }

    /// <summary>The same text for two answers between which nothing has changed that people want to know at once.</summary>
    internal static string SignatureOf(ClusterStatus status) => string.Join(
        '|',
        status.Members
            .Select(member => string.Create(
                CultureInfo.InvariantCulture,
                $"{member.Id} {member.Reachable} {(member.Problem ?? member.Node?.Problem) is null} {member.Link?.State} {MembershipOf(member)}"))
            .Prepend($"{status.Asked} {status.Epoch} {status.Healthy}"));

    private static string MembershipOf(MemberStatus member) => member.Membership is not { } held
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{held.State} {held.Incarnation} {held.By} {(held.Views is { } views ? $"{views.Alive} {views.Suspect} {views.Dead} {views.Left} {views.Unknown}" : "")}");

    private async Task DrawAsync(LiveDisplayContext live, CancellationToken cancellationToken)
    {
        IRenderable shown = new Text("");
        while (true)
        {
            var seen = await source.AskAsync(cancellationToken);
            var remark = seen.Remark ?? _remark;
            if (seen.Status is { } status)
            {
                // That it asks somebody else is worth knowing for as long as it does.
                _remark = remark;
                shown = StatusTables.Of(status);
            }

            var footer = string.Create(CultureInfo.InvariantCulture, $"{seen.Node.Authority}, every {interval.TotalSeconds:0.###} s; Ctrl-C ends this.");
            live.UpdateTarget(new Rows(shown, new Text(remark, new Style(Color.Yellow)), new Text(footer, new Style(Color.Grey))));
            await Task.Delay(interval, TimeProvider.System, cancellationToken);
        }
    }

    private async Task PrintAsync(bool json, CancellationToken cancellationToken)
    {
        var before = "";
        while (true)
        {
            var seen = await source.AskAsync(cancellationToken);
            if (seen.Remark is { } remark && remark != _remark)
            {
                await terminal.Error.WriteLineAsync(remark);
            }

            _remark = seen.Remark ?? "";
            var now = seen.Status is { } status ? SignatureOf(status) : "nobody";
            if (now != before)
            {
                await PrintAsync(seen, json);
                await terminal.Output.FlushAsync(cancellationToken);
            }

            before = now;
            await Task.Delay(interval, TimeProvider.System, cancellationToken);
        }
    }

    private async Task PrintAsync(StatusSeen seen, bool json)
    {
        if (json)
        {
            await (seen.Status is { } answer ? Json.PrintLineAsync(terminal, answer) : Json.PrintLineAsync(terminal, new { Unreachable = seen.Remark }));
        }
        else if (seen.Status is { } status)
        {
            terminal.Tables.Write(StatusTables.Of(status));
        }
    }
}
