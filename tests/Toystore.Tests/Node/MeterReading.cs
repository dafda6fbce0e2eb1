using System.Diagnostics.Metrics;

namespace Toystore.Tests.Node;

/// <summary>What a meter says when somebody collects.</summary>
internal static class MeterReading
{
    /// <summary>Values by the names of instruments with the values of their tags behind them; units by the names of instruments.</summary>
    public static (Dictionary<string, double> Heard, Dictionary<string, string?> Units) Collect(Meter meter)
    {
        var (heard, units) = (new Dictionary<string, double>(), new Dictionary<string, string?>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter)
                {
                    units[instrument.Name] = instrument.Unit;
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => heard[Name(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => heard[Name(instrument, tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return (heard, units);

        static string Name(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => (string)tag.Value!).Prepend(instrument.Name));
    }
}
