using System.CommandLine;
using System.Net;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The options for the access log and the metrics.</summary>
internal sealed class MonitoringSettings : ISettingGroup
{
    private readonly Setting<string> _accessLog =
        new("--access-log", null, "RD_API_ACCESS_LOG", null, "write a line for each request to this file; - is standard output", ValueParser.FileOrDash);

    private readonly Setting<string> _accessLogForm =
        new("--access-log-format", null, "RD_API_ACCESS_LOG_FORMAT", "combined", "form of these lines, combined or json", ValueParser.AccessLogForm);

    private readonly Setting<IPEndPoint> _metricsListen = new(
        "--metrics-listen", null, "RD_API_METRICS_LISTEN", null, "serve /metrics for Prometheus and /status at this address, such as 127.0.0.1:9182", ValueParser.EndPoint);

    public IEnumerable<Option> Options => [_accessLog.Option, _accessLogForm.Option, _metricsListen.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment) => options with
    {
        AccessLog = _accessLog.Read(parsed, environment),
        IsAccessLogJson = _accessLogForm.Read(parsed, environment) == "json",
        MetricsListen = _metricsListen.Read(parsed, environment),
    };
}
