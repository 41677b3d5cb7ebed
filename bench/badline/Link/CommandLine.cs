using System.CommandLine;
using System.Globalization;

namespace ReliableDownload.Bench.Link;

/// <summary>The arguments of link, and what they are written in: rates, times, percentages, outages.</summary>
internal static class CommandLine
{
    private static readonly Argument<string> ServerDevice = new("SERVER_DEVICE") { Description = "The device to make for the server" };

    private static readonly Argument<string> ClientDevice = new("CLIENT_DEVICE") { Description = "The device to make for the client" };

    private static readonly Option<double> Rate = Of("--rate", "50Mbit", "Of each direction, IP headers counted", ParseRate);

    private static readonly Option<TimeSpan> Delay = Of("--delay", "50ms", "Of one direction", ParseTime);

    private static readonly Option<double> Loss = Of("--loss", "1%", "Packets that are lost in each direction", ParsePercentage);

    private static readonly Option<double?> LossUp = Of("--loss-up", "5%", "The same from the client to the server alone",
        text => (double?)ParsePercentage(text));

    private static readonly Option<double> Corrupt = Of("--corrupt", "0.01%", "TCP packets changed under TCP's checksum", ParsePercentage);

    private static readonly Option<Outage> Outage = Of("--outage", "5s/8s|60s@3s",
        "Away in the last 5 s of each 8 s; or once for 60 s, from 3 s after the first packet", ParseOutage);

    private static readonly Option<int> Seed = Of("--seed", "1", "Of the random numbers", text => int.Parse(text, NumberStyles.None));

    /// <summary>Lets <paramref name="run"/> do what the arguments say, or explains them.</summary>
    public static int Invoke(string[] arguments, Action<LineOptions> run)
    {
        var command = new RootCommand("A bad line: makes two network devices of Linux and carries packets between them until stopped.")
        {
            ServerDevice, ClientDevice, Rate, Delay, Loss, LossUp, Corrupt, Outage, Seed,
        };
        Rate.Required = true;
        command.SetAction(parsed => run(new LineOptions
        {
            ServerDevice = parsed.GetRequiredValue(ServerDevice),
            ClientDevice = parsed.GetRequiredValue(ClientDevice),
            Rate = parsed.GetValue(Rate),
            Delay = parsed.GetValue(Delay),
            LossDown = parsed.GetValue(Loss),
            LossUp = parsed.GetValue(LossUp) ?? parsed.GetValue(Loss),
            Corruption = parsed.GetValue(Corrupt),
            Outage = parsed.GetValue(Outage),
            Seed = parsed.GetValue(Seed),
        }));
        // Signals are for the line to end by, and faults for Program.
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return command.Parse(arguments).Invoke(configuration);
    }

    private static Option<T> Of<T>(string name, string example, string description, Func<string, T> parse) => new(name)
    {
        Description = description,
        HelpName = example,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            try
            {
                return parse(text);
            }
            catch (FormatException)
            {
                result.AddError($"{name} is '{text}', but must be like {example}.");
                return default!;
            }
        },
    };

    /// <summary>In bytes per second.</summary>
    private static double ParseRate(string text) =>
        text switch
        {
            _ when text.EndsWith("Gbit", StringComparison.Ordinal) => ParsePositive(text[..^4]) * 1e9 / 8,
            _ when text.EndsWith("Mbit", StringComparison.Ordinal) => ParsePositive(text[..^4]) * 1e6 / 8,
            _ when text.EndsWith("kbit", StringComparison.Ordinal) => ParsePositive(text[..^4]) * 1e3 / 8,
            _ => throw new FormatException(),
        };

    private static TimeSpan ParseTime(string text) =>
        text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => TimeSpan.FromMilliseconds(ParsePositive(text[..^2])),
            _ when text.EndsWith('s') => TimeSpan.FromSeconds(ParsePositive(text[..^1])),
            _ => throw new FormatException(),
        };

    private static double ParsePercentage(string text) =>
        text.EndsWith('%') && ParseNumber(text[..^1]) is >= 0 and <= 100 and var percent ? percent / 100 : throw new FormatException();

    private static Outage ParseOutage(string text)
    {
        if (text.Split('@') is [var once, var start])
            return new Outage(ParseTime(start), ParseTime(once), Period: null);
        if (text.Split('/') is [var length, var period] && ParseTime(length) < ParseTime(period))
            return new Outage(ParseTime(period) - ParseTime(length), ParseTime(length), ParseTime(period));
        throw new FormatException();
    }

    private static double ParsePositive(string text) =>
        ParseNumber(text) is > 0 and <= 1e6 and var number ? number : throw new FormatException();

    private static double ParseNumber(string text) => double.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
