/** The look of the privacy report: one column that also prints well. Text has a contrast of 4.5 to 1 and more. */
export const style = `:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.2rem;margin:2.4rem 0 .3rem}p{margin:.4rem 0}
.study{color:#4a5460;margin-bottom:1.2rem}
.verdict{border-left:6px solid #1a6b35;background:#eef7f0;padding:.7rem 1rem;font-weight:600}
.verdict.no{border-color:#b3261e;background:#fdf0ef}
dl.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:.8rem;margin:1.2rem 0}
dl.figures div{border:1px solid #d0d7de;border-radius:6px;padding:.6rem .8rem}
dl.figures dt{font-size:.85rem;line-height:1.3;color:#4a5460}
dl.figures dd{margin:.2rem 0 0;font-size:1.45rem;font-weight:600}
dl.words dt{font-weight:600;margin-top:.6rem}dl.words dd{margin:0}
table{border-collapse:collapse;width:100%;margin:.8rem 0}caption{text-align:left;font-size:.9rem;color:#4a5460}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}
thead th{border-bottom:2px solid #8c959f}tbody th{font-weight:400}
.met{color:#1a6b35;font-weight:600}.missed{color:#b3261e;font-weight:600}.some{background:#fdf3d8;font-weight:600}.code{white-space:nowrap}
svg{width:100%;margin:.8rem 0;display:block}svg text{font:13px system-ui,sans-serif;fill:#1b1f24}
svg .bar{fill:#2f6299}svg .track{fill:#e4e9ef}svg line{stroke:#b3261e;stroke-width:2}svg .limit{fill:#b3261e}
@media(max-width:600px){dl.figures{grid-template-columns:repeat(2,1fr)}}
@media print{body{margin:0;max-width:none;font-size:11pt}section{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}`;
