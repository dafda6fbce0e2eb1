using Spectre.Console;

namespace Toystore.Simulation.Programs;

/// <summary>Shows how far something has come: in place on a terminal, else as a line now and then.</summary>
internal sealed class ProgressView
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private readonly Action<IReadOnlyList<(string Name, string Text)>> _show;

    private ProgressView(Action<IReadOnlyList<(string Name, string Text)>> show) => _show = show;

    /// <summary>Does something that says now and then how far it has come, in a few named texts.</summary>
    public static T Watch<T>(Terminal terminal, Func<ProgressView, T> work)
    {
        if (terminal.Interactive)
        {
            return terminal.Live.Live(new Text("")).AutoClear(true).Start(live => work(new ProgressView(texts => live.UpdateTarget(Table(texts)))));
        }

        var last = terminal.Time.GetTimestamp();
        return work(new ProgressView(texts =>
        {
            if (terminal.Time.GetElapsedTime(last) >= LineInterval)
            {
                last = terminal.Time.GetTimestamp();
                terminal.Error.WriteLine(string.Join("; ", texts.Select(text => $"{text.Name}: {text.Text}")));
            }
        }));
    }

    /// <summary>Shows these.</summary>
    public void Say(params IReadOnlyList<(string Name, string Text)> texts) => _show(texts);

    private static Grid Table(IReadOnlyList<(string Name, string Text)> texts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, text) in texts)
        {
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(text));
        }

        return grid;
    }
}
